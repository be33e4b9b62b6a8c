import { patientsOf } from '../../query/compartment.ts'
import type { IndexedValues } from '../../query/indexed-values.ts'
import type { Json } from '../../query/json-path.ts'
import type { Database } from '../../store/schema.ts'

export type IndexTable =
  | 'compartment'
  | 'index_string'
  | 'index_token'
  | 'index_date'
  | 'index_quantity'
  | 'index_reference'

/** The columns after `key` and `type`, in the order of the index by value. */
export const INDEX_COLUMNS = {
  compartment: ['patient'],
  index_string: ['param', 'folded', 'exact'],
  index_token: ['param', 'code', 'system'],
  index_date: ['param', 'low', 'high', 'written_low', 'written_high'],
  index_quantity: ['param', 'low', 'high', 'system', 'code', 'unit'],
  index_reference: ['param', 'target_type', 'target_id'],
} as const satisfies { readonly [Table in IndexTable]: readonly (keyof Database[Table])[] }

/** The values of `INDEX_COLUMNS`: lists, because an import makes millions and passes them from thread to thread. */
export type IndexRow = readonly (string | number)[]

/** Everything by which search and access find one resource. */
export type IndexRows = Readonly<Record<IndexTable, readonly IndexRow[]>>

/** Returns a resource's rows in each table. */
export const indexRows = (type: string, id: string, content: Json, values: IndexedValues): IndexRows => ({
  compartment: patientsOf(type, id, content).map((patient) => [patient]),
  index_string: values.strings.flatMap(({ param, text, starts }) =>
    starts.map((folded) => [param, folded, text]),
  ),
  index_token: values.tokens.map(({ param, system, code }) => [param, code, system]),
  index_date: values.dates.map(({ param, interval: { low, high, written } }) => [
    ...[param, low, high],
    ...[written.low, written.high],
  ]),
  index_quantity: values.quantities.map(({ param, amount: { low, high, system, code, unit } }) => [
    ...[param, low, high],
    ...[system, code, unit],
  ]),
  index_reference: values.references.map(({ param, target }) => [param, target.type, target.id]),
})
