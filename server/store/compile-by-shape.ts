import type { Compilable, CompiledQuery } from 'kysely'
import type { Db } from './schema.ts'

/** Most compiled statements of each kind, because the number of shapes is unlimited. */
const MOST_KEPT = 500

/**
 * Compiles a statement whose text depends on its input, such as a search. It is built once for each shape, because building costs
 * more than running. The shape is the whole input except the values that are only bound as parameters.
 *
 * @param compared the members of the input whose values are only bound. If one is missing here, each of its values makes its own
 * shape; nothing worse.
 * @param build gets a placeholder for each such value, and may only pass it on, or `derive` another from it.
 */
export const compileByShape = <Asked extends object, Row>(
  compared: ReadonlySet<string>,
  build: (db: Db, asked: Asked) => Compilable<Row>,
) => {
  // Keyed by dialect adapter: all transactions of a database share it.
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

/** Derives another bound value, such as the end of a range. */
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

  /** Neither a string nor a number, so that a placeholder never looks like a value of the shape. */
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
