import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileByShape, derive } from '../../../server/store/statements/compile-by-shape.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

/** Bytes of what is still referred to. */
const heapInUse = (): number => {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

interface Asked {
  readonly names: readonly { readonly id?: string; readonly prefix?: string }[]
  readonly descending: boolean
  readonly limit: number
}

describe.each(engines)('a statement on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write((trx) =>
      trx
        .insertInto('setting')
        .values(['x.a', 'x.b', 'x.c', 'y.a', '{}'].map((name) => ({ name, value: name.toUpperCase() })))
        .execute(),
    )
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })

  const settings = (compared: readonly string[]) => {
    let built = 0
    const find = compileByShape(new Set(compared), (db, { names, descending, limit }: Asked) => {
      built++
      return db
        .selectFrom('setting')
        .select('name')
        .where((eb) =>
          eb.or(
            names.map(({ id, prefix }) =>
              id === undefined
                ? sql<boolean>`name like ${derive(prefix ?? '', (start) => `${start}%`)}`
                : eb('name', '=', id),
            ),
          ),
        )
        .orderBy('name', descending ? 'desc' : 'asc')
        .limit(limit)
    })
    return {
      find: async (request: Asked) => (await find(store.db, request)).map(({ name }) => name).join(' '),
      built: () => built,
    }
  }

  const ascending = { descending: false, limit: 9 }

  test('is compiled once, whatever values are compared', async () => {
    const { find, built } = settings(['id', 'prefix', 'limit'])
    expect(await find({ names: [{ id: 'x.a' }], ...ascending })).toBe('x.a')
    expect(await find({ names: [{ id: 'y.a' }], ...ascending })).toBe('y.a')
    expect(await find({ names: [{ id: 'none' }], ...ascending })).toBe('')
    expect(await find({ names: [{ id: '{}' }], ...ascending })).toBe('{}')
    expect(built()).toBe(1)
  })

  test('is compiled for each shape, and values keep their places', async () => {
    const { find, built } = settings(['id', 'prefix', 'limit'])
    const both = [{ prefix: 'x.' }, { id: 'y.a' }]
    expect(await find({ names: both, ...ascending })).toBe('x.a x.b x.c y.a')
    expect(await find({ names: both.toReversed(), ...ascending })).toBe('x.a x.b x.c y.a')
    expect(await find({ names: both, descending: true, limit: 2 })).toBe('y.a x.c')
    expect(built()).toBe(3)
    expect(await find({ names: [{ prefix: 'y.' }, { id: 'x.b' }], descending: true, limit: 1 })).toBe('y.a')
    expect(await find({ names: [{ id: 'x.b' }, { prefix: 'y' }], ...ascending })).toBe('x.b y.a')
    expect(built()).toBe(3)
  })

  test('is compiled for each value that is not marked as compared, and is still right', async () => {
    const { find, built } = settings(['prefix'])
    expect(await find({ names: [{ id: 'x.a' }], ...ascending })).toBe('x.a')
    expect(await find({ names: [{ id: 'x.b' }], ...ascending })).toBe('x.b')
    expect(await find({ names: [{ id: 'x.a' }], ...ascending })).toBe('x.a')
    expect(built()).toBe(2)
  })

  test('J66 stays compiled while it is used, however many other shapes somebody asks for', async () => {
    const { find, built } = settings(['prefix'])
    const common = () => find({ names: [{ id: 'x.c' }], ...ascending })
    const odd = async (from: number, to: number) => {
      for (let index = from; index < to; index++) await find({ names: [{ id: `n${index}` }], ...ascending })
    }
    await odd(0, 520)
    // Compiled now, although so many were before.
    expect(await common()).toBe('x.c')
    expect(await common()).toBe('x.c')
    expect(built()).toBe(521)
    await odd(520, 800)
    await common()
    await odd(800, 1080)
    await common()
    expect(built()).toBe(1081)
    // Not all are kept.
    await odd(0, 1)
    expect(built()).toBe(1082)
  })

  test('J13 long statements are kept up to a size, without what they were built from', async () => {
    const { find, built } = settings(['id', 'limit'])
    const long = (length: number) => find({ names: Array(length).fill({ id: 'x.a' }), ...ascending })
    const before = heapInUse()
    for (let length = 100; length < 400; length++) await long(length)
    expect(heapInUse() - before).toBeLessThan(15_000_000)
    await long(399)
    expect(built()).toBe(300)
    await long(100)
    expect(built()).toBe(301)
  })
})
