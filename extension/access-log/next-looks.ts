import { abilities } from '../auth/scopes.ts'
import { items, type Session, type StoredConnection } from '../storage/items.ts'
import { keepRows } from '../storage/table.ts'

const HOUR = 3_600_000
/** Each look is an entry of the log itself, so there are few. */
const every = 6 * HOUR
/** After a look that came to nothing: offline, refused, or ended with the worker. */
const afterFailure = HOUR
/** After the browser started, or somebody signed in and did not look. */
const atFirst = 60_000

/** Whose log is looked at while nobody has it open: a person's own, where they allowed it to be read. */
export const isWatched = ({ person, launched }: StoredConnection, { patient, scope }: Session): boolean =>
  person.role === 'patient' && !launched && patient !== undefined && abilities(scope, true).readAccessLog

/** Whoever looked has looked; the next time is hours away. */
export const putOffLook = (connectionId: string, failed = false): Promise<void> =>
  items.nextLooks.put(connectionId, Date.now() + (failed ? afterFailure : every))

/** When each of these logs is looked at next. What is planned stays; nothing is planned for any other. */
export const planLooks = async (connectionIds: readonly string[]): Promise<Record<string, number>> => {
  const planned = await items.nextLooks.get()
  const plan = Object.fromEntries(connectionIds.map((id) => [id, planned[id] ?? Date.now() + atFirst]))
  if (JSON.stringify(plan) === JSON.stringify(planned)) return plan
  return items.nextLooks.update((all) => ({ ...plan, ...keepRows(all, (id) => connectionIds.includes(id)) }))
}
