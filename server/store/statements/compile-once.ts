import type { Compilable, CompiledQuery } from 'kysely'
import type { Db } from '../schema.ts'

/**
 * Compiles a statement of which only the values differ between calls. Compiles it at the first call, because that costs as much as
 * running it.
 *
 * @param build gets an object that stands in for each value, and may only pass it on to the statement.
 */
export const compileOnce = <Values extends object, Row>(
  build: (db: Db, values: Values) => Compilable<Row>,
) => {
  // The key is the dialect adapter, which all transactions of a database share.
  const statements = new WeakMap<object, CompiledQuery<Row>>()
  return async (db: Db, values: Values): Promise<Row[]> => {
    const { adapter } = db.getExecutor()
    const statement = statements.get(adapter) ?? build(db, placeholdersFor(values)).compile()
    statements.set(adapter, statement)
    const parameters = statement.parameters.map((it) =>
      it instanceof Placeholder ? values[it.name as keyof Values] : it,
    )
    const { rows } = await db.executeQuery<Row>({ ...statement, parameters })
    return rows
  }
}

class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

const placeholdersFor = <Values extends object>(values: Values): Values =>
  Object.fromEntries(Object.keys(values).map((name) => [name, new Placeholder(name)])) as Values
