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

/** A store with one registered application, and the number of queries to it. */
const storeOf = () => {
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
            requests.push(sql)
            return { rows: [{ payload: JSON.stringify(registered) }] as Row[] }
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

it('F32 caches one value for all origins of Firefox, because a stranger can send any number of them', async () => {
  const { store, asked } = storeOf()
  const isRegistered = createOriginCheck(store)
  for (let n = 0; n < 100; n++) {
    const origin = `moz-extension://00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    expect(await isRegistered(origin)).toBe(true)
  }
  expect(asked).toHaveLength(1)
})

it('caches a registered web page, and looks up each of the others', async () => {
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
