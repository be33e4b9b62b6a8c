import type { Compilable } from 'kysely'
import { compileOnce } from './compile-once.ts'
import type { Db } from './schema.ts'

/** Numbers of rows for which a statement is compiled; any number is a sum of these. */
const BATCH_SIZES = [32, 16, 8, 4, 2, 1]

/** Compiles a statement for any number of rows of one shape, once for each of `BATCH_SIZES`. */
export const compileRows = <Row extends object, Answer>(
  build: (db: Db, rows: readonly Row[]) => Compilable<Answer>,
) => {
  const statements = BATCH_SIZES.map((size) => ({
    size,
    run: compileOnce((db, cells: Record<string, unknown>) => build(db, rowsOf<Row>(cells))),
  }))
  return async (db: Db, rows: readonly Row[]): Promise<Answer[]> => {
    const answers: Answer[] = []
    let at = 0
    for (const { size, run } of statements) {
      for (; rows.length - at >= size; at += size)
        answers.push(...(await run(db, cellsOf(rows.slice(at, at + size)))))
    }
    return answers
  }
}

const cellsOf = (rows: readonly object[]): Record<string, unknown> => {
  const cells: Record<string, unknown> = {}
  for (const [at, row] of rows.entries())
    for (const [name, value] of Object.entries(row)) cells[`${at}.${name}`] = value
  return cells
}

const rowsOf = <Row>(cells: Record<string, unknown>): Row[] => {
  const rows: Record<string, unknown>[] = []
  for (const [cell, value] of Object.entries(cells)) {
    const [at = '', name = ''] = cell.split('.')
    rows[Number(at)] = { ...rows[Number(at)], [name]: value }
  }
  return rows as Row[]
}
