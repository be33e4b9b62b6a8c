import { beforeEach, describe, expect, it } from 'vitest'
import { saySamePerson } from '../../../extension/auth/sign-in/same-person.ts'
import { forget } from '../../../extension/storage/forget.ts'
import { items, type StoredConnection } from '../../../extension/storage/items.ts'

const stored = (id: string, change: Partial<StoredConnection> = {}): StoredConnection => ({
  id,
  providerId: `at ${id}`,
  issuer: `https://${id}.example`,
  fhirBase: `https://${id}.example/fhir`,
  subject: 's',
  person: { name: 'John Doe', role: 'patient' },
  ...change,
})

beforeEach(() =>
  items.connections.set(Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, stored(id)]))),
)

const say = (one: string, other: string, same: boolean) => saySamePerson({ one, other, same })

/** The groups of joined connections. */
const joined = async (): Promise<string[]> => {
  const all = Object.values(await items.connections.get())
  const marks = new Set(all.flatMap(({ samePerson }) => samePerson ?? []))
  return [...marks].map((mark) =>
    all
      .filter(({ samePerson }) => samePerson === mark)
      .map(({ id }) => id)
      .join(''),
  )
}
const apart = async () =>
  Object.values(await items.connections.get()).flatMap(({ id, apartFrom }) =>
    apartFrom ? [`${id}: ${apartFrom.join()}`] : [],
  )

describe("F70 a person's statement about two connections", () => {
  it('joins them, and nobody else', async () => {
    await say('a', 'b', true)
    expect(await joined()).toEqual(['ab'])
    expect(await apart()).toEqual([])
  })

  it('joins everything that each of them was joined with', async () => {
    await say('a', 'b', true)
    await say('c', 'd', true)
    await say('b', 'c', true)
    expect(await joined()).toEqual(['abcd'])
  })

  it('keeps them apart, and each stays with those that it is joined with', async () => {
    await say('a', 'b', true)
    await say('a', 'c', false)
    await say('a', 'c', false)
    expect(await joined()).toEqual(['ab'])
    expect(await apart()).toEqual(['c: a'])
  })

  it('can be undone: the other one leaves, the rest stay joined', async () => {
    await say('a', 'b', true)
    await say('a', 'c', true)
    await say('a', 'b', false)
    expect(await joined()).toEqual(['ac'])
    expect(await apart()).toEqual(['b: a'])
  })

  it('can be undone from the other side as well', async () => {
    await say('a', 'b', false)
    await say('b', 'a', true)
    expect(await joined()).toEqual(['ab'])
    expect(await apart()).toEqual([])
  })

  it.each([
    ['a connection that is not there', 'a', 'z'],
    ['one of the same organization', 'a', 'same'],
    ['a visit', 'a', 'visit'],
    ['the connection itself', 'a', 'a'],
  ])('is refused for %s', async (_what, one, other) => {
    await items.connections.update((all) => ({
      ...all,
      same: stored('same', { providerId: 'at a' }),
      visit: stored('visit', { launched: true }),
    }))
    for (const same of [true, false])
      await expect(say(one, other, same)).rejects.toMatchObject({ code: 'unknown-connection' })
    expect(await joined()).toEqual([])
    expect(await apart()).toEqual([])
  })

  it('is deleted with the connection', async () => {
    await say('a', 'b', false)
    await forget('connection', ['a'])
    expect(Object.keys(await items.connections.get())).toEqual(['b', 'c', 'd'])
    expect(await apart()).toEqual([])
  })
})
