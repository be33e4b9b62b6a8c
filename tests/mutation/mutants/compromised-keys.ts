import type { Mutant } from '../mutant.ts'

const rotated = {
  test: 'tests/attacks/compromised-keys.test.ts',
  project: 'attacks',
  title: 'J21 .* what the old keys signed or sealed ends at once',
}
const tokens = { test: 'tests/integration/withings/resealed-tokens.test.ts', project: 'integration' }
const ends = 'With compromised keys ends what they signed or sealed'
const keep = 'Tokens of Withings outlive a rotation of compromised keys'
const keyring = 'server/keys/keys.ts'

/** Keys that were stolen, and what has to outlive their end. */
export const mutants: readonly Mutant[] = [
  {
    rule: `${ends}: id_tokens`,
    file: 'server/keys/key-file.ts',
    find: 'until: isoTime(now) },',
    replace: 'until: isoTime(now + OVERLAP) },',
    ...rotated,
  },
  {
    rule: `${ends}: sessions`,
    file: 'server/sign-in/visit/own-session.ts',
    find: 'formToken(Buffer.from(cookies), `session',
    replace: 'formToken(Buffer.from(cookies.slice(0, 0)), `session',
    ...rotated,
  },
  {
    rule: `${ends}: pending authorizations`,
    file: keyring,
    find: 'return read().cookies',
    replace: 'return initial.cookies',
    ...rotated,
  },
  {
    rule: `${ends}: forms`,
    file: keyring,
    find: 'return read().forms',
    replace: "return Buffer.from(initial.forms, 'base64url')",
    ...rotated,
  },
  {
    rule: `${ends}: page links`,
    file: 'server/app.ts',
    find: 'pageKey: () => keys.pages',
    replace: 'pageKey: ((key) => () => key)(keys.pages)',
    ...rotated,
  },
  {
    rule: `${ends}: sign-ins with another company`,
    file: 'server/sign-in/upstream/upstream-state.ts',
    find: "const sealer = () => createSealer(keys.forms, 'sign-in with another company')",
    replace: "const sealer = ((it) => () => it)(createSealer(keys.forms, 'sign-in with another company'))",
    test: 'tests/unit/oauth/upstream-state.test.ts',
    project: 'unit',
    title: 'J21',
  },
  {
    rule: `${keep}: they are sealed anew`,
    file: 'server/sources/withings/token-sealer.ts',
    find: 'if (token === undefined) continue',
    replace: "if (token !== '') continue",
    ...tokens,
    title: 'on sqlite.*are sealed anew',
  },
  {
    rule: `${keep}: the former key opens until then`,
    file: 'server/sources/withings/token-sealer.ts',
    find: 'for (const key of [pages, ...resealing]) {',
    replace: 'for (const key of [pages, ...resealing.slice(0, 0)]) {',
    ...tokens,
    title: 'on sqlite.*interrupted when the file was replaced',
  },
  {
    rule: `${keep}: what is sealed is stored before the keys are replaced`,
    file: 'server/sources/withings/tokens.ts',
    find: 'await holdKeys(trx)',
    replace: 'void holdKeys',
    ...tokens,
    title: 'on postgres.*sealed in a transaction',
  },
  {
    rule: `${keep}: a start completes what was interrupted`,
    file: 'server/app.ts',
    find: 'await finishRotation(store, keyFile, resealTokens)',
    replace: 'void finishRotation',
    ...tokens,
    title: 'on sqlite.*interrupted when the database was told',
  },
  {
    rule: `${keep}: the former key is forgotten`,
    file: keyring,
    find: 'if (current.pages === content.pages) await replaceKeyFile(file, current)',
    replace: "if (current.pages === '') await replaceKeyFile(file, current)",
    ...tokens,
    title: 'on sqlite.*are sealed anew',
  },
]
