import { items } from '../storage/items.ts'

/**
 * Every id under which a person's way to a record is kept. A session or a grant counts without its connection as well: it is good
 * for as much, and whoever ends what was allowed has to find it.
 */
export const connectionIds = async (): Promise<string[]> => {
  const kept = [await items.connections.get(), await items.sessions.get(), await items.grants.get()]
  return [...new Set(kept.flatMap((each) => Object.keys(each)))]
}
