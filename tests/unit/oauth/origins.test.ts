import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { expect, it } from 'vitest'
import { createOriginCheck } from '../../../server/oauth/clients/origins.ts'
import type { Database } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'

const registered = {
  redirect_uris: [
    'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/https/clinic.example/fhir',
    'https://app.example/callback',
  ],
}

/** A store with one registered application, and the queries that search all registrations. */
const storeOf = (registration: { redirect_uris: string[] } = registered) => {
  const requests: string[] = []
  const db = new Kysely<Database>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createDriver: () => ({
        init: async () => undefined,
        destroy: async () => undefined,
        acquireConnection: async () => ({
          executeQuery: async <Row>({ sql }: { sql: string }) => {
            if (sql.includes('like')) requests.push(sql)
            return { rows: [{ id: 'viewer', payload: JSON.stringify(registration) }] as Row[] }
          },
          streamQuery: async function* () {
            yield* []
          },
        }),
        releaseConnection: async () => undefined,
        beginTransaction: async () => undefined,
        commitTransaction: async () => undefined,
        rollbackTransaction: async () => undefined,
      }),
    },
  })
  return { store: { db } as Store, asked: requests }
}

it('F32 remembers one value for all origins of Firefox, because a stranger can send any number of them', async () => {
  const { store, asked } = storeOf()
  const isRegistered = createOriginCheck(store)
  for (let n = 0; n < 100; n++) {
    const origin = `moz-extension://00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    expect(await isRegistered(origin)).toBe(true)
  }
  expect(asked).toHaveLength(1)
})

it('remembers which application a web page belongs to, and searches for each of the others', async () => {
  const { store, asked } = storeOf()
  const isRegistered = createOriginCheck(store)
  for (const origin of [
    'https://app.example',
    'https://app.example',
    'https://evil.example',
    'https://evil.example',
  ])
    expect(await isRegistered(origin)).toBe(origin === 'https://app.example')
  expect(asked).toHaveLength(3)
  expect(await isRegistered('null')).toBe(false)
  expect(asked).toHaveLength(3)
})

it('J10 looks up the application that had an origin each time', async () => {
  const registration = { redirect_uris: ['https://app.example/callback'] }
  const isRegistered = createOriginCheck(storeOf(registration).store)
  expect(await isRegistered('https://app.example')).toBe(true)
  registration.redirect_uris = ['https://other.example/callback']
  expect(await isRegistered('https://app.example')).toBe(false)
})
