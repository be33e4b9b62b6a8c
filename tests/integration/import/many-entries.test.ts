import { afterEach, expect, test } from 'vitest'
import { readEntries } from '../../../server/cli/import/bundle-scope.ts'
import { createIdentifierFinder } from '../../../server/cli/import/find-identified.ts'
import { resolveReferences } from '../../../server/cli/import/resolve-references.ts'
import { createDatabase } from '../../fixtures/store.ts'

const iterate = Set.prototype[Symbol.iterator]
afterEach(() => {
  Set.prototype[Symbol.iterator] = iterate
})

/** Counts the values that are read from sets, one by one, while a Bundle's references are resolved. */
const countSteps = async (count: number, entryOf: (n: number) => object): Promise<number> => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  const { find } = createIdentifierFinder(store)
  const { scope, entries } = readEntries(Array.from({ length: count }, (_, n) => entryOf(n)))
  let steps = 0
  Set.prototype[Symbol.iterator] = function* <T>(this: Set<T>) {
    for (const value of { [Symbol.iterator]: () => iterate.call(this) as SetIterator<T> }) {
      steps++
      yield value
    }
  } as typeof iterate
  for (const entry of entries) {
    const resource = entry?.resource ?? {}
    const text = JSON.stringify(resource)
    await resolveReferences({ resource, text }, { scope, base: 'https://a.example', findByIdentifier: find })
  }
  Set.prototype[Symbol.iterator] = iterate
  await store.close()
  await database.close()
  return steps
}

const observation = (reference: string, more: object = {}) => ({
  ...{ resourceType: 'Observation', subject: { reference } },
  ...more,
})

test.each([
  ['one name', () => ({ resource: observation('Observation/same', { id: 'same' }) })],
  [
    'one fullUrl',
    (n: number) => ({
      fullUrl: 'https://b.example/Patient/1',
      resource: observation('https://b.example/Patient/1', { id: `o${n}` }),
    }),
  ],
  [
    'one identifier',
    (n: number) => ({
      resource: observation('Observation?identifier=urn:s|1', {
        ...{ id: `o${n}`, identifier: [{ system: 'urn:s', value: '1' }] },
      }),
    }),
  ],
])('a reference costs the same however many entries of a Bundle have %s', async (_what, entryOf) => {
  const few = await countSteps(20, entryOf)
  const many = await countSteps(200, entryOf)
  expect(many).toBeLessThanOrEqual(10 * few)
})
