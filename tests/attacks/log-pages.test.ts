import { expect, test } from 'vitest'
import { LARGEST_ENTRY } from '../../server/audit/entry/entry-limits.ts'
import { type Answer, attack } from './attack.ts'

const anna = attack()
const MB = 1024 * 1024

interface Event {
  readonly id: string
  readonly recorded: string
  readonly entity: readonly { readonly query?: string }[]
}

/** Posts a search whose value takes nine times as many bytes percent-encoded. */
const searchFor = (length: number) =>
  anna.send('/fhir/Observation/_search', {
    as: 'TA',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `code=${'\u4e2d'.repeat(length)}`,
  })

const eventsIn = ({ status, json }: Answer): Event[] => {
  expect(status).toBe(200)
  return (json.entry ?? []).map(({ resource }: { resource: Event }) => resource)
}

const nextOf = ({ json }: Answer): string | undefined =>
  json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url

/** Reads all pages, and returns the entries of each. */
const pagesFrom = async (path: string): Promise<Event[][]> => {
  const pages: Event[][] = []
  for (let at: string | undefined = path; at; ) {
    const answer: Answer = await anna.send(at, { as: 'TA' })
    expect(answer.text.length, 'a page').toBeLessThan(MB)
    pages.push(eventsIn(answer))
    at = nextOf(answer)?.replace(anna.server.url, '')
  }
  return pages
}

test('J13 a search of 8,100 characters is an entry of a few hundred bytes that names its parameter', async () => {
  const answer = await searchFor(8_100)
  expect(answer.status).toBe(200)
  const row = await anna.server.store.db
    .selectFrom('audit_event')
    .select('json')
    .where('request_id', '=', answer.headers.get('x-request-id') ?? '')
    .executeTakeFirstOrThrow()
  expect(row.json.length).toBeLessThan(LARGEST_ENTRY / 4)
  const { entity } = JSON.parse(row.json) as Event
  const [query] = entity.flatMap((each) => each.query ?? [])
  expect(Buffer.from(query ?? '', 'base64').toString()).toBe('Observation/_search?code=')
})

test('J13 a page of the log whose entries are large is shorter than was asked for, and no entry is left out', {
  timeout: 60_000,
}, async () => {
  for (let round = 0; round < 12; round++)
    for (const { status } of await Promise.all(Array.from({ length: 10 }, () => searchFor(650))))
      expect(status).toBe(200)
  const written = await anna.server.store.db
    .selectFrom('audit_event')
    .select('id')
    .where('patient', '=', 'pa')
    .where('subtype', '=', 'search')
    .orderBy('seq')
    .execute()
  const ids = written.map(({ id }) => id)
  const upTo = await anna.server.store.db
    .selectFrom('audit_event')
    .select(({ fn }) => fn.max('recorded').as('at'))
    .executeTakeFirstOrThrow()
  // Reading the log makes it grow.
  const query = `subtype=search&_lastUpdated=le${new Date(upTo.at).toISOString()}&_count=200`
  const pages = await pagesFrom(`/fhir/AuditEvent?${query}`)
  expect(pages.length).toBeGreaterThan(1)
  expect(pages.flat().map(({ id }) => id)).toEqual(ids)
  const backwards = await pagesFrom(`/fhir/AuditEvent?${query}&_sort=-date`)
  expect(backwards.flat().map(({ id }) => id)).toEqual(ids.toReversed())
})
