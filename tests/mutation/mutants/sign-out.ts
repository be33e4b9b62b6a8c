import type { Mutant } from '../mutant.ts'

const atOnce = { test: 'tests/integration/extension/signing-out-at-once.test.ts', project: 'integration' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A session ends here before its organization is told',
    file: 'extension/auth/grant/session.ts',
    find: 'await end(connectionId, owner, revocation.waiting)',
    replace: 'await revocation.attempt().then(() => end(connectionId, owner, revocation.waiting))',
    ...atOnce,
    title: 'E17 .*before the organization answers',
  },
  {
    rule: 'The revocation is stored in the write that ends the session',
    file: 'extension/storage/forget.ts',
    find: "if (revocation && area === 'local')",
    replace: "if (!revocation && area === 'local')",
    ...atOnce,
    title: 'E17 .*before the organization answers',
  },
  {
    rule: 'Connections of a removed provider end together',
    file: 'extension/auth/sign-in/sign-out.ts',
    find: 'await Promise.all(connections.map((connection) => remove(connection)))',
    replace: 'for (const connection of connections) await remove(connection)',
    ...atOnce,
    title: 'E17 removing a provider does not wait',
  },
  {
    rule: 'Signing out waits for no request that is running',
    file: 'extension/auth/sign-in/sign-out.ts',
    find: 'const ended = end()',
    replace: 'const ended = sessions.exclusively(connectionId, end)',
    ...atOnce,
    title: 'E17 .*does not wait for a refresh',
  },
  {
    rule: 'The answer to a refresh brings no session back',
    file: 'extension/auth/grant/keep-grant.ts',
    find: 'if (isRenewed && former',
    replace: 'if (false && isRenewed && former',
    ...atOnce,
    title: 'E17 .*does not wait for a refresh',
  },
  {
    rule: 'What is stored while somebody signs out ends after it',
    file: 'extension/auth/sign-in/sign-out.ts',
    find: 'sessions.exclusively(connectionId, () => ended.then(end))',
    replace: 'Promise.resolve(undefined)',
    ...atOnce,
    title: 'E17 a session that something running stores',
  },
  {
    rule: 'What was read, and is kept while somebody signs out, is deleted',
    file: 'extension/auth/grant/session.ts',
    find: '        await forget(owner, [connectionId])\n        await copies.drop(connectionId)\n',
    replace: '',
    ...atOnce,
    title: 'E17 what was read',
  },
  {
    rule: 'The next worker forgets a session whose revocation is stored',
    file: 'extension/background/settle.ts',
    find: '    await completeSignOuts(sessions)\n',
    replace: '',
    ...atOnce,
    title: 'E17 the next worker completes',
  },
]
