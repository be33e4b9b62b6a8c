import type { Store } from '../../server/store/store.ts'

/** The whole record as it is stored: the resources, and everything that search and access depend on. */
export const storedRecord = async ({ db }: Store): Promise<Readonly<Record<string, readonly string[]>>> => {
  const tables = (await db.introspection.getTables())
    .map(({ name }) => name)
    .filter((name) => name === 'resource' || name === 'compartment' || name.startsWith('index_'))
  const rows = await Promise.all(
    tables.map(async (table) => {
      const all = await db
        .selectFrom(table as 'resource')
        .selectAll()
        .execute()
      // Independent of the database's order.
      return [table, all.map((row) => JSON.stringify(row)).sort()] as const
    }),
  )
  return Object.fromEntries(rows)
}
