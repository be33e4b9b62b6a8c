import type { Mutant } from '../mutant.ts'

const once = { test: 'tests/attacks/exactly-once.test.ts', project: 'attacks' }
const again = { test: 'tests/integration/oauth/refresh-again.test.ts', project: 'integration' }
const USED = 'A used refresh token is good for another answer only until something of the former one is used'
const VOID = 'Another answer to a refresh voids the former one'

/** What a used refresh token is still good for. */
export const mutants: readonly Mutant[] = [
  {
    rule: `${USED}: a read`,
    file: 'server/grants/find-authorization.ts',
    find: 'if (came_with !== null && ',
    replace: "if (came_with === '' && ",
    ...once,
    title: 'T06 .*used for reading',
  },
  {
    rule: `${USED}: introspection`,
    file: 'server/oauth/engine/adapter.ts',
    find: 'if (model === ACCESS_TOKEN && uid !== null)',
    replace: "if (model === ACCESS_TOKEN && uid !== null && uid === '')",
    ...once,
    title: 'T06 .*used for introspection',
  },
  {
    rule: `${USED}: a refresh`,
    file: 'server/grants/lost-answer.ts',
    find: "    .where('uid', '=', to)\n    .where('consumed_at', 'is', null),\n)",
    replace: "    .where('uid', '=', to),\n)",
    ...once,
    title: 'A15',
  },
  {
    rule: 'A refresh that is repeated within ten seconds gets the same answer',
    file: 'server/oauth/engine/adapter.ts',
    find: 'usedAt > now - GRACE',
    replace: 'usedAt > now + GRACE',
    ...once,
    title: 'A11',
  },
  {
    rule: `${VOID}: its access token`,
    file: 'server/grants/lost-answer.ts',
    find: "  await trx.deleteFrom('oauth_record').where('model', '=', ACCESS)",
    replace: "  await trx.deleteFrom('oauth_record').where('model', '=', 'none')",
    ...once,
    title: 'T06 .*in a minute',
  },
  {
    rule: `${VOID}: at once, for all who ask at the same time`,
    file: 'server/grants/lost-answer.ts',
    find: 'if (taken.length === 0 || lost.length === 0) throw new AlreadyTaken(REFRESH)',
    replace: 'void [taken, lost, AlreadyTaken]',
    ...once,
    title: 'T06 20 clients',
  },
  {
    rule: 'Setting a lock spends what the organization would take from before it',
    file: 'extension/auth/grant/session.ts',
    find: '      await refresh(connectionId, token)\n    },',
    replace: '      void token\n    },',
    test: 'tests/integration/extension/lock.test.ts',
    project: 'integration',
    title: 'F68 renews, when set, every',
  },
  {
    rule: 'A refresh that is repeated within ten seconds gets the same answer: the time is read once',
    file: 'server/oauth/engine/engine-transaction.ts',
    find: '(await replay(work.usedAt))',
    replace: '(await replay(clock() - GRACE))',
    ...again,
    title: 'on sqlite .*when the ten seconds end',
  },
  {
    rule: 'A refresh that is repeated within ten seconds gets the same answer: not one that was used before them',
    file: 'server/oauth/engine/engine-transaction.ts',
    find: 'endedGrant && work.usedAt !== undefined && (await replay(work.usedAt))',
    replace: 'endedGrant && (await replay(work.usedAt ?? 0))',
    test: 'tests/integration/oauth/grant.test.ts',
    project: 'integration',
    title: 'ends when a rotated refresh token is used again later',
  },
  {
    rule: 'A refresh that fails does not spend its token',
    file: 'server/oauth/engine/engine-transaction.ts',
    find: 'refresh && isFailure && !endedGrant ? applyProofs : applyWrites',
    replace: "refresh?.token === '' ? applyProofs : applyWrites",
    ...again,
    title: 'on sqlite .*after a request that failed',
  },
  {
    rule: 'The log says that an answer was replaced only if it was',
    file: 'server/oauth/engine/engine-transaction.ts',
    find: 'work.lost.size > 0 && !isFailure && ',
    replace: 'work.lost.size > 0 && ',
    ...again,
    title: 'on sqlite .*scope that is too wide',
  },
  {
    rule: 'Entries of the OAuth engine are dated after what their transaction waited for',
    file: 'server/oauth/engine/engine-transaction.ts',
    find: '            await write(trx)\n            // Dated only now, because a write may wait for others.\n            await recorder.append(trx, access)',
    replace: '            await settleAll([write(trx), recorder.append(trx, access)])',
    ...again,
    title: 'J06 .* on postgres',
  },
]
