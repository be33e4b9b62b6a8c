import { describe, expect, test } from 'vitest'
import { checkLog } from '../../extension/access-log/proof/check-log.ts'
import type { LogAccess } from '../../extension/auth/grant/access.ts'
import { canonicalTexts } from '../fixtures/canonical-texts.ts'
import { putResource } from '../fixtures/put-resource.ts'
import { listingOf } from '../fixtures/small-log.ts'
import { idsIn } from './answers.ts'
import { type Answer, attack } from './attack.ts'
import type { Holder } from './people.ts'

const anna = attack()

interface Event {
  readonly id: string
  readonly recorded: string
  readonly subtype: readonly { readonly code: string }[]
  readonly entity: readonly {
    readonly role?: { readonly code: string }
    readonly what?: { readonly reference?: string; readonly identifier?: { readonly value: string } }
  }[]
}

const eventsIn = ({ status, text, json }: Answer): Event[] => {
  expect(status, text).toBe(200)
  return (json.entry ?? []).map(({ resource }: { resource: Event }) => resource)
}

const patientsOf = ({ entity }: Event) =>
  entity.flatMap(({ role, what }) => (role?.code === '1' ? (what?.reference ?? []) : []))

const search = (query: string, as: Holder) => anna.send(`/fhir/AuditEvent?${query}`, { as })

/** The entries of one request in a list. */
const list = async (query: string, as: Holder, { headers }: Answer) => {
  const id = headers.get('x-request-id')
  const events = eventsIn(await search(`_sort=-date&_count=100&${query}`, as))
  return events.filter(({ entity }) => entity.some(({ what }) => what?.identifier?.value === id))
}

describe('D04 a batch of 50 entries about three patients', () => {
  // Four people sign in first.
  test('is complete in the list of each of them', { timeout: 60_000 }, async () => {
    await anna.server.store.write((trx) =>
      putResource(trx, { resourceType: 'Patient', id: 'pc', birthDate: '1990-02-03' }, Date.now()),
    )
    const urls = [
      ...Array(16).fill('Patient/pa'),
      ...Array(16).fill('Observation?_id=b-obs1'),
      ...Array(12).fill('Patient/pc'),
      ...Array(5).fill('Patient?_id=pa,pb,pc'),
      'Patient/no-such-id',
    ]
    const answer = await anna.send('/fhir', {
      as: 'TC',
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: urls.map((url) => ({ request: { method: 'GET', url } })),
      }),
    })
    expect(answer.json.entry).toHaveLength(50)
    const kinds = (events: Event[]) => events.map(({ subtype }) => subtype[0]?.code).toSorted()
    const reads = (count: number, searches: number) => [
      ...Array(count).fill('read'),
      ...Array(searches).fill('search'),
    ]
    expect(kinds(await list('', 'TA', answer))).toEqual(reads(16, 5))
    expect(kinds(await list('', 'TB', answer))).toEqual(reads(0, 21))
    expect(kinds(await list('patient=Patient/pa', 'TADM', answer))).toEqual(reads(16, 5))
    expect(kinds(await list('patient=Patient/pb', 'TADM', answer))).toEqual(reads(0, 21))
    expect(kinds(await list('patient=Patient/pc', 'TADM', answer))).toEqual(reads(12, 5))
  })
})

/** Requests the public address of proofs through the oracles, and keeps every answer. */
const recorded = (answers: Map<string, string>): LogAccess => {
  const ask = async (url: URL, as?: Holder) => {
    const { status, text } = await anna.send(`${url.pathname}${url.search}`, { ...(as && { as }) })
    expect(status, text).toBe(200)
    answers.set(url.href, text)
    return new Response(text)
  }
  return {
    endpoint: `${anna.server.url}/audit`,
    fetch: (url) => ask(url, 'TA'),
    fetchPublic: (url) => ask(url),
    signal: new AbortController().signal,
  }
}

/** Answers from the kept answers, without a request. */
const offline = (answers: ReadonlyMap<string, string>): LogAccess => {
  const find = async (url: URL) => new Response(answers.get(url.href) ?? expect.fail(`asked for ${url}`))
  const { signal } = new AbortController()
  return { endpoint: `${anna.server.url}/audit`, fetch: find, fetchPublic: find, signal }
}

describe('D09 a patient sees the log of their own record, whatever they search for', () => {
  test.each([
    'patient=Patient/pb',
    'patient=pb',
    'patient=Patient/pb,pb',
    'patient=Patient/pa&patient=Patient/pb',
  ])("%s: nothing of another patient's", async (query) => {
    await anna.token('TB')
    expect(eventsIn(await search(query, 'TA'))).toEqual([])
    const postAnswer = await anna.send('/fhir/AuditEvent/_search', {
      as: 'TA',
      method: 'POST',
      body: new URLSearchParams(query),
    })
    expect(eventsIn(postAnswer)).toEqual([])
  })

  test('another patient as the agent: nothing but what they saw or counted of this record', async () => {
    await anna.token('TB')
    const events = eventsIn(await search('agent=Patient/pb', 'TA'))
    expect(events.flatMap(patientsOf).filter((patient) => patient !== 'Patient/pa')).toEqual([])
  })

  test("with another patient's id beside their own, they find only their own entries", async () => {
    await anna.send('/fhir/Patient/pb', { as: 'TB' })
    const events = eventsIn(await search('patient=Patient/pa,Patient/pb&_count=100', 'TA'))
    expect(events.length).toBeGreaterThan(1)
    expect(new Set(events.flatMap(patientsOf))).toEqual(new Set(['Patient/pa']))
  })

  test('no id finds another patient’s entry, and nobody else gets its proof', async () => {
    await anna.send('/fhir/Patient/pb', { as: 'TB' })
    const [foreign = ''] = idsIn(await search('_sort=-date&_count=1', 'TB'))
    expect((await anna.send(`/fhir/AuditEvent/${foreign}`, { as: 'TB' })).status).toBe(200)
    const readAnswer = await anna.send(`/fhir/AuditEvent/${foreign}`, { as: 'TA' })
    expect(readAnswer.status).toBe(404)
    expect(eventsIn(await search(`_id=${foreign}`, 'TA'))).toEqual([])
    const proof = await anna.send(`/audit/proof/inclusion?size=1&entry=${foreign}`, { as: 'TA' })
    expect(proof.json).toEqual({ size: 1, entries: [] })
  })

  test('the answer contains everything that its proof needs', async () => {
    await anna.send('/fhir/Patient/pb', { as: 'TB' })
    await anna.send('/fhir/Patient/pa', { as: 'TA' })
    const events = eventsIn(await search('patient=Patient/pa&_sort=-date&_count=200', 'TA'))
    // Entries wait for the next checkpoint.
    const { seq } = await anna.server.store.db
      .selectFrom('audit_event')
      .select('seq')
      .where('id', '=', events[0]?.id ?? '')
      .executeTakeFirstOrThrow()
    const isSigned = async () =>
      Number((await anna.send('/audit/checkpoint')).text.split('\n')[1]) >= Number(seq)
    await expect.poll(isSigned, { timeout: 12_000 }).toBe(true)

    const answers = new Map<string, string>()
    const listing = listingOf({ patient: 'pa' })
    const check = { events: events as never, texts: canonicalTexts, listing, now: Date.now() }
    const first = await checkLog(recorded(answers), check)
    expect(first.proof).toMatchObject({ outcome: 'proven', proven: events.length, pending: 0 })
    const again = await checkLog(offline(answers), { ...check, kept: first.keep })
    expect(again.proof).toMatchObject({ outcome: 'proven', proven: events.length })

    const changedEvents = events.map((event, at) =>
      at === 1 ? { ...event, recorded: events[0]?.recorded } : event,
    )
    const forged = await checkLog(offline(answers), { ...check, events: changedEvents as never })
    expect(forged.proof).toMatchObject({ outcome: 'alarm', reason: 'altered', entry: { id: events[1]?.id } })
    const short = { ...check, events: events.toSpliced(1, 1) as never }
    const replies = new Map([...answers].map(([url, text]) => [url, without(text, events[1]?.id)]))
    const unasked = offline(replies)
    const log = { ...unasked, fetch: async () => new Response(inclusionIn(replies)) }
    expect((await checkLog(log, short)).proof).toMatchObject({ outcome: 'alarm', reason: 'gap' })
  })
})

const inclusionIn = (answers: ReadonlyMap<string, string>): string =>
  [...answers].find(([url]) => url.includes('/proof/inclusion'))?.[1] ?? ''

/** An answer with proofs that leaves this entry out. */
const without = (text: string, id: string | undefined): string => {
  if (!text.startsWith('{"size"')) return text
  const { size, entries } = JSON.parse(text) as { size: number; entries: { id: string }[] }
  return JSON.stringify({ size, entries: entries.filter((entry) => entry.id !== id) })
}
