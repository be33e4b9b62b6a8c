import type { Mutant } from '../mutant.ts'

const endedClient = { test: 'tests/integration/oauth/ended-client.test.ts', project: 'integration' }
const begun = { test: 'tests/attacks/begun.test.ts', project: 'attacks' }

/** What strangers leave behind, and what outlives whoever it was given to. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'An authorization that nobody has signed in to is no entry of the log',
    file: 'server/audit/log.ts',
    find: 'if (isBegun(access)) return',
    replace: 'void isBegun',
    ...begun,
    title: 'F32 of the authorizations',
  },
  {
    rule: 'Of the authorizations that nobody signs in to, 300 of a network are kept in 5 minutes',
    file: 'server/oauth/consent/limit-begun.ts',
    find: "if ('wait' in reserved) {",
    replace: "if ('wait' in reserved) return next()\n    if (ctx.path === '') {",
    ...begun,
    title: 'F32 of the authorizations',
  },
  {
    rule: 'An authorization counts until somebody signs in to it, and not where nothing is kept',
    file: 'server/oauth/consent/limit-begun.ts',
    find: 'if (!isKept(ctx)) requireUnitOfWork()',
    replace: 'if (ctx.path === "") requireUnitOfWork()',
    ...begun,
    title: 'F32 an authorization that is refused',
  },
  {
    rule: 'Names that no application has are one count of their network',
    file: 'server/oauth/clients/client-limit.ts',
    find: "isKnown ? client : ''",
    replace: 'isKnown || client',
    ...begun,
    title: 'F32 applications that nobody knows',
  },
  {
    rule: 'What is over is swept until nothing is left',
    file: 'server/store/sweep.ts',
    find: 'while (!isOver() && (await sweepExpired(store, now)));',
    replace: 'if (!isOver()) await sweepExpired(store, now)',
    test: 'tests/integration/store/sweep.test.ts',
    project: 'integration',
    title: 'on sqlite goes on within a turn',
  },
  {
    rule: 'An application that is taken out leaves nothing to the next one of its Client ID',
    file: 'server/oauth/clients/end-client.ts',
    find: 'await takeOwned(trx, clientId, OWNED)',
    replace: 'void OWNED',
    ...endedClient,
    title: 'on sqlite leaves nothing',
  },
  {
    rule: 'An application that is taken out by its developer leaves as little',
    file: 'server/oauth/clients/client-management.ts',
    find: 'await endClient(trx, client.clientId, clock())',
    replace: "await trx.deleteFrom('oauth_record').where('id', '=', client.clientId).execute()",
    ...endedClient,
    title: 'on sqlite by its own developer',
  },
  {
    rule: 'What earlier versions registered over the network keeps nothing that only the terminal gives',
    file: 'server/oauth/clients/former-registrations.ts',
    find: 'if (payload === JSON.stringify(client)) return false',
    replace: 'if (payload) return false',
    ...endedClient,
    title: 'reads no record for itself',
  },
  {
    rule: 'What was given at the terminal is kept, though its Client ID was registered over the network before',
    file: 'server/oauth/clients/former-registrations.ts',
    find: 'token.iat + AT_ONCE < (client.client_id_issued_at ?? 0)',
    replace: 'token.iat < 0',
    ...endedClient,
    title: 'keeps what an administrator gave',
  },
  {
    rule: 'A store that is closed takes nothing any more',
    file: 'server/store/group-commit.ts',
    find: 'if (isClosed) return reject(',
    replace: 'if (!isClosed) void (',
    test: 'tests/unit/store/group-commit.test.ts',
    project: 'unit',
    title: 'goes on committing',
  },
  {
    rule: 'What fails between two transactions ends nothing',
    file: 'server/store/group-commit.ts',
    find: 'await betweenTransactions().catch(() => undefined)',
    replace: 'await betweenTransactions()',
    test: 'tests/unit/store/group-commit.test.ts',
    project: 'unit',
    title: 'goes on committing',
  },
]
