import { type Compilable, CompiledQuery } from 'kysely'
import { createRecentlyUsed } from '../../recently-used.ts'
import type { Db } from '../schema.ts'

/** Most statements that are kept, compiled or prepared. There is a limit because the number of their shapes has none. */
export const MOST_STATEMENTS = 500
/** Characters of SQL. A longer statement counts for several, because it takes that much more memory: a search has up to 15,000. */
export const LONG_STATEMENT = 4_000

/** Keeps the statements that were used last. */
export const keepStatements = <Statement>(lengthOf: (key: string, statement: Statement) => number) =>
  createRecentlyUsed<Statement>(MOST_STATEMENTS, (...statement) =>
    Math.ceil(lengthOf(...statement) / LONG_STATEMENT),
  )

/** What is needed of a compiled statement. The tree that it was built from takes ten times as much memory. */
type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>

/** The key is the dialect adapter, which all transactions of a database share. */
const cache = new WeakMap<object, ReturnType<typeof keepStatements<Statement>>>()
let builders = 0

/**
 * Compiles a statement whose text depends on its input, such as a search. Builds it once for each shape of the input, because
 * building a statement costs more than running it. The shape is the whole input except the values that are bound as parameters.
 *
 * @param boundMembers the members of the input whose values are only bound. A member that is missing here only costs speed, because
 * each of its values then makes a shape of its own.
 * @param build gets an object that stands in for each bound value, and may only pass it on or `derive` another value from it.
 */
export const compileByShape = <Input extends object, Row>(
  boundMembers: ReadonlySet<string>,
  build: (db: Db, input: Input) => Compilable<Row>,
) => {
  const builder = builders++
  return async (db: Db, input: Input): Promise<Row[]> => {
    const values: unknown[] = []
    const abstract = withPlaceholders(input, boundMembers, false, values) as Input
    const shape = `${builder} ${JSON.stringify(abstract)}`
    const { adapter } = db.getExecutor()
    const statementOf =
      cache.get(adapter) ?? keepStatements<Statement>((key, { sql }) => key.length + sql.length)
    cache.set(adapter, statementOf)
    const { sql, parameters } = statementOf(shape, () => {
      const compiled = build(db, abstract).compile()
      return { sql: compiled.sql, parameters: compiled.parameters }
    })
    const bound = parameters.map((it) => (it instanceof Placeholder ? it.valueIn(values) : it))
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(sql, bound))
    return rows
  }
}

/** Derives one bound value from another, such as the end of a range from its start. */
export const derive = (value: string, change: (value: string) => string): string => {
  const it: unknown = value
  return it instanceof Placeholder ? (it.derive(change) as unknown as string) : change(value)
}

class Placeholder {
  readonly index: number
  readonly change: ((value: string) => string) | undefined

  constructor(index: number, change?: (value: string) => string) {
    this.index = index
    this.change = change
  }

  valueIn(values: readonly unknown[]): unknown {
    const value = values[this.index]
    return this.change ? this.change(String(value)) : value
  }

  derive(change: (value: string) => string): Placeholder {
    return new Placeholder(this.index, change)
  }

  /** Returns an object, so that in a shape a placeholder never looks like a value, which is a string or a number. */
  toJSON(): object {
    return {}
  }
}

const withPlaceholders = (
  node: unknown,
  compared: ReadonlySet<string>,
  isBound: boolean,
  values: unknown[],
): unknown => {
  if (Array.isArray(node)) return node.map((each) => withPlaceholders(each, compared, isBound, values))
  if (typeof node === 'object' && node !== null)
    return Object.fromEntries(
      Object.entries(node).map(([name, each]) => [
        name,
        withPlaceholders(each, compared, compared.has(name), values),
      ]),
    )
  return isBound && (typeof node === 'string' || typeof node === 'number')
    ? new Placeholder(values.push(node) - 1)
    : node
}
