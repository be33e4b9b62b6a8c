import type { Compilable, CompiledQuery } from 'kysely'
import type { Db } from './schema.ts'

/** Statements kept for each kind; shapes without end leave no more behind. */
const MOST_KEPT = 500

/**
 * A statement whose text depends on what is asked, as that of a search does. It is built and compiled once for each shape,
 * which is everything that is asked but for the values that are only compared with; building costs more than running.
 *
 * @param compared the members of what is asked whose values are only compared with. One that is missing here makes a
 * shape of each of its values; nothing worse.
 * @param build is given a stand-in for each such value, and may do nothing with it but pass it on, or `derive` another.
 */
export const compileByShape = <Asked extends object, Row>(
  compared: ReadonlySet<string>,
  build: (db: Db, asked: Asked) => Compilable<Row>,
) => {
  // By dialect: every transaction of a database has its adapter.
  const kept = new WeakMap<object, Map<string, CompiledQuery<Row>>>()
  return async (db: Db, asked: Asked): Promise<Row[]> => {
    const values: unknown[] = []
    const abstract = withStandIns(asked, compared, false, values) as Asked
    const shape = JSON.stringify(abstract)
    const { adapter } = db.getExecutor()
    const known = kept.get(adapter) ?? new Map<string, CompiledQuery<Row>>()
    kept.set(adapter, known)
    const compiled = known.get(shape) ?? build(db, abstract).compile()
    if (known.size < MOST_KEPT) known.set(shape, compiled)
    const parameters = compiled.parameters.map((it) => (it instanceof StandIn ? it.from(values) : it))
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters })
    return rows
  }
}

/** Another value that follows from one of those that are compared with, such as the end of a range. */
export const derive = (value: string, change: (value: string) => string): string => {
  const it: unknown = value
  return it instanceof StandIn ? (it.changed(change) as unknown as string) : change(value)
}

class StandIn {
  readonly index: number
  readonly change: ((value: string) => string) | undefined

  constructor(index: number, change?: (value: string) => string) {
    this.index = index
    this.change = change
  }

  from(values: readonly unknown[]): unknown {
    const value = values[this.index]
    return this.change ? this.change(String(value)) : value
  }

  changed(change: (value: string) => string): StandIn {
    return new StandIn(this.index, change)
  }

  /** No string or number, so that no value that is part of a shape can look like one that is not. */
  toJSON(): object {
    return {}
  }
}

const withStandIns = (
  node: unknown,
  compared: ReadonlySet<string>,
  isCompared: boolean,
  values: unknown[],
): unknown => {
  if (Array.isArray(node)) return node.map((each) => withStandIns(each, compared, isCompared, values))
  if (typeof node === 'object' && node !== null)
    return Object.fromEntries(
      Object.entries(node).map(([name, each]) => [
        name,
        withStandIns(each, compared, compared.has(name), values),
      ]),
    )
  return isCompared && (typeof node === 'string' || typeof node === 'number')
    ? new StandIn(values.push(node) - 1)
    : node
}
