import { createRecentlyUsed } from '../../recently-used.ts'

/** Most statements that are kept, compiled or prepared. There is a limit because the number of their shapes has none. */
export const MOST_STATEMENTS = 500
/** Characters of SQL. A longer statement counts for several, because it takes that much more memory: a search has up to 15,000. */
export const LONG_STATEMENT = 4_000

/** Keeps the statements that were used last. */
export const keepStatements = <Statement>(lengthOf: (key: string, statement: Statement) => number) =>
  createRecentlyUsed<Statement>(MOST_STATEMENTS, (...statement) =>
    Math.ceil(lengthOf(...statement) / LONG_STATEMENT),
  )
