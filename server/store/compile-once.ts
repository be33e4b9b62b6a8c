import type { Compilable, CompiledQuery } from 'kysely'
import type { Db } from './schema.ts'

/**
 * Compiles a statement at its first call; only its values differ between calls. Compiling costs as much as running.
 *
 * @param build gets a placeholder for each value, and may only pass it on to the statement.
 */
export const compileOnce = <Values extends object, Row>(
  build: (db: Db, values: Values) => Compilable<Row>,
) => {
  // Keyed by dialect adapter: all transactions of a database share it.
  const compiled = new WeakMap<object, CompiledQuery<Row>>()
  return async (db: Db, values: Values): Promise<Row[]> => {
    const { adapter } = db.getExecutor()
    const known = compiled.get(adapter) ?? build(db, standIns(values)).compile()
    compiled.set(adapter, known)
    const parameters = known.parameters.map((it) =>
      it instanceof StandIn ? values[it.name as keyof Values] : it,
    )
    const { rows } = await db.executeQuery<Row>({ ...known, parameters })
    return rows
  }
}

class StandIn {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

const standIns = <Values extends object>(values: Values): Values =>
  Object.fromEntries(Object.keys(values).map((name) => [name, new StandIn(name)])) as Values
