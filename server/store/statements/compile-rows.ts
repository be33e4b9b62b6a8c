import type { Compilable, CompiledQuery, QueryResult } from 'kysely'
import type { Db } from '../schema.ts'

/** Numbers of rows for which a statement is compiled; any number is a sum of these. */
const BATCH_SIZES = [32, 16, 8, 4, 2, 1]

/**
 * Compiles a statement for any number of rows of one shape, once for each of `BATCH_SIZES`.
 *
 * @param build gets objects that stand in for the values, and may only pass them on to the statement.
 */
export const compileRows = <Row extends object, Answer>(
  build: (db: Db, rows: readonly Row[]) => Compilable<Answer>,
) => {
  // The key is the dialect adapter, which all transactions of a database share.
  const cache = new WeakMap<object, Map<number, CompiledQuery<Answer>>>()
  return async (db: Db, rows: readonly Row[]): Promise<Answer[]> => {
    const { adapter } = db.getExecutor()
    const statements = cache.get(adapter) ?? new Map<number, CompiledQuery<Answer>>()
    cache.set(adapter, statements)
    const running: Promise<QueryResult<Answer>>[] = []
    let at = 0
    for (const size of BATCH_SIZES) {
      for (; rows.length - at >= size; at += size) {
        const compiled = statements.get(size) ?? build(db, cellsLike(rows[at] as Row, size)).compile()
        statements.set(size, compiled)
        const parameters = compiled.parameters.map((it) =>
          it instanceof Cell ? rows[at + it.row]?.[it.name as keyof Row] : it,
        )
        running.push(db.executeQuery<Answer>({ ...compiled, parameters }))
      }
    }
    // Sent together, in this order (PostgreSQL).
    return (await Promise.all(running)).flatMap(({ rows }) => rows)
  }
}

class Cell {
  readonly row: number
  readonly name: string
  constructor(row: number, name: string) {
    this.row = row
    this.name = name
  }
}

const cellsLike = <Row extends object>(example: Row, size: number): Row[] =>
  Array.from(
    { length: size },
    (_, row) => Object.fromEntries(Object.keys(example).map((name) => [name, new Cell(row, name)])) as Row,
  )
