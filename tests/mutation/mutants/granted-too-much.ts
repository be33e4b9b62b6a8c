import type { Mutant } from '../mutant.ts'

const byTest = { test: 'tests/integration/extension/granted-too-much.test.ts', project: 'integration' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A granted scope is cut to what was requested',
    file: 'extension/auth/grant/usable-scope.ts',
    find: 'const words = wordsOf(granted).flatMap((word) => partsOf(word, request))',
    replace: 'const words = request.words.length > 0 ? wordsOf(granted) : []',
    ...byTest,
    title: 'J58 .*beyond the request',
  },
  {
    rule: 'Tokens that reach too far are exchanged for narrower ones, once',
    file: 'extension/auth/grant/keep-grant.ts',
    find: 'const narrows = askedScope !== undefined',
    replace: 'const narrows = false && askedScope !== undefined',
    ...byTest,
    title: 'J58 .*(beyond the request|policy forbids)',
  },
  {
    rule: 'No page reads with an access token that reaches too far while a narrower one is asked for',
    file: 'extension/auth/grant/keep-grant.ts',
    find: 'await store(connectionId, waiting, refreshToken, isRenewed)',
    replace: 'await store(connectionId, cut, refreshToken, isRenewed)',
    ...byTest,
    title: 'J58 .*within reach',
  },
  {
    rule: 'The access token that reached too far is revoked',
    file: 'extension/auth/grant/keep-grant.ts',
    find: 'if (wide) await revocations.revokeAccess({ ...session, tokens: [wide.token] })',
    replace: '',
    ...byTest,
    title: 'J58 .*exchanged',
  },
  {
    rule: 'A refresh token is not kept where the policy forbids staying connected',
    file: 'extension/auth/grant/keep-grant.ts',
    find: 'isSurplus && !forbidsStaying(policy) ? await',
    replace: 'isSurplus ? await',
    ...byTest,
    title: 'J58 .*a refresh token that is granted',
  },
  {
    rule: 'A refresh token that was stored before the policy is given back',
    file: 'extension/auth/grant/session.ts',
    find: '    if (stored.staysConnected && !session.staysConnected) await giveBackRefreshToken(connectionId, session)\n',
    replace: '',
    ...byTest,
    title: 'J58 .*before the policy',
  },
  {
    rule: 'A refresh token that was not requested is revoked with its visit',
    file: 'extension/auth/grant/grant-store.ts',
    find: '[grant?.refreshToken, surplusToken, usableToken]',
    replace: '[grant?.refreshToken, usableToken]',
    ...byTest,
    title: 'J58 .*of a launch',
  },
  {
    rule: 'A policy’s forbidden scopes bind each request, also of a session that began before',
    file: 'extension/auth/grant/session.ts',
    find: '        await requireUsable(current, url)\n',
    replace: '',
    ...byTest,
    title: 'J58 .*by any request',
  },
  {
    rule: 'A session without client.register registers nothing',
    file: 'extension/auth/grant/session.ts',
    find: '      await requireRegistering(session)\n',
    replace: '',
    ...byTest,
    title: 'J58 .*although it was granted',
  },
]
