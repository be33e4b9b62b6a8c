import type { Mutant } from '../mutant.ts'

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
