import { describe, expect, it } from 'vitest'
import { entryIdOf } from '../../../extension/access-log/log-leaf.ts'
import { type ReconciledEnd, reconcile } from '../../../extension/access-log/reconcile.ts'
import { type OwnRequest, shows } from '../../../extension/fhir/request-journal.ts'

const MINUTE = 60_000
const start = Date.parse('2026-11-01T12:00:00Z')
const requester = { clientId: 'carekey', subject: 'sub-1', patient: '2' }

const sent = (number: number, minute: number, more: Partial<OwnRequest> = {}): OwnRequest => ({
  id: `own-${number}`,
  at: start + minute * MINUTE,
  what: 'Observation',
  shown: true,
  ...more,
})

const entry = (
  requestId: string | undefined,
  minute: number,
  { kind = 'search', clientId = 'carekey', subject = 'sub-1', id = `entry-${requestId}`, query = '' } = {},
) => ({
  id,
  recorded: new Date(start + minute * MINUTE).toISOString(),
  subtype: [{ code: kind }],
  agent: [
    { who: { identifier: { value: clientId } } },
    { who: { identifier: { value: subject } }, requestor: true },
  ],
  entity: [
    ...(requestId ? [{ type: { code: 'XrequestId' }, what: { identifier: { value: requestId } } }] : []),
    ...(query ? [{ query: btoa(query) }] : []),
  ],
})

const hold = (
  events: ReturnType<typeof entry>[],
  requests: OwnRequest[],
  {
    since = start,
    last = true,
    before = undefined as ReconciledEnd | undefined,
    now = 600,
    others = [] as OwnRequest[],
  } = {},
) =>
  reconcile({
    events,
    own: { since, requests },
    others,
    requester,
    before,
    last,
    now: start + now * MINUTE,
  })

const erasure = (minute: number) => ({
  ...entry(undefined, minute),
  id: 'erasure',
  subtype: [{ system: 'urn:carekey:access-kind', code: 'erasure' }],
})

const idsOf = ({ missing }: { missing: OwnRequest[] }) => missing.map(({ id }) => id)

/** Small and seeded, so that a failure can be repeated. */
const randomFrom = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

describe('a read that was not ours', () => {
  const own = [sent(1, 0), sent(2, 30)]
  const honest = [entry('own-2', 30), entry('own-1', 0)]

  it('is an entry by this person, through this application, with an id that was not sent', () => {
    const { foreign, missing } = hold([entry('other', 40), ...honest], own)
    expect(foreign).toEqual(['entry-other'])
    expect(missing).toEqual([])
  })

  it('is none through another application, of another person, of no data, or without an id', () => {
    const others = [
      entry('a', 40, { clientId: 'chart-viewer' }),
      entry('b', 40, { subject: 'lee' }),
      entry('c', 40, { kind: 'ITI-71' }),
      entry('d', 40, { kind: 'proof' }),
      entry(undefined, 40),
    ]
    expect(hold([...others, ...honest], own).foreign).toEqual([])
  })

  it('is not told of what was before everything sent is kept', () => {
    expect(hold([...honest, entry('earlier', -1)], own).foreign).toEqual([])
    expect(hold([entry('earlier', 5)], own).foreign).toEqual([])
  })

  it('is told whatever the clocks say, above an entry of ours', () => {
    const ahead = own.map((request) => ({ ...request, at: request.at + 300 * MINUTE }))
    const since = ahead[0]?.at ?? 0
    expect(hold([entry('other', 1), ...honest], ahead, { since }).foreign).toEqual(['entry-other'])
  })

  it('F33 is told by the id that is shown, however it is written', () => {
    const written = entry('other', 40, { id: ` \u200b${'x'.repeat(600)}` })
    expect(hold([written, ...honest], own).foreign).toEqual([entryIdOf(written)])
    expect(entryIdOf(written)).toHaveLength(499)
  })

  it('is told on a page that holds nothing of ours', () => {
    expect(hold([entry('other', 40)], own, { last: false }).foreign).toEqual(['entry-other'])
  })
})

describe('F33 an id that was sent counts once', () => {
  const served = (number: number, minute: number) =>
    sent(number, minute, { servedAt: start + minute * MINUTE })
  const own = [served(1, 0), served(2, 30)]
  const honest = [entry('own-2', 30), entry('own-1', 0)]
  const again = (minute: number, more = {}) => entry('own-2', minute, { id: `again-${minute}`, ...more })

  it('so that of three reads under it two are not ours', () => {
    const { foreign, missing } = hold([again(32), ...honest, again(29)], own)
    expect(foreign).toEqual(['again-32', 'again-29'])
    expect(missing).toEqual([])
  })

  it('on the next page as well', () => {
    const first = hold([entry('own-2', 30)], own, { last: false })
    expect(hold([again(29.9), entry('own-1', 0)], own, { before: first.end }).foreign).toEqual(['again-29.9'])
  })

  it('and only at the time of its answer, by the clock of the organization', () => {
    const { foreign, missing } = hold([again(300), entry('own-1', 0)], own)
    expect(foreign).toEqual(['again-300'])
    expect(idsOf({ missing })).toEqual(['own-2'])
    // This browser's own clock may be wrong by any amount.
    const ahead = own.map((request) => ({ ...request, at: request.at + 300 * MINUTE }))
    expect(hold(honest, ahead, { since: start }).foreign).toEqual([])
  })

  it('and only for the type that was asked for', () => {
    const of = (query: string) => [entry('own-2', 30, { query }), entry('own-1', 0)]
    expect(hold(of('Condition?patient=2'), own).foreign).toEqual(['entry-own-2'])
    for (const query of ['Observation?patient=2', 'https://clinic.example/fhir/Observation?patient=2', '?'])
      expect(hold(of(query), own).foreign, query).toEqual([])
  })

  it('and only for this person, through this application: the entry of another is none of ours', () => {
    for (const other of [{ subject: 'lee' }, { clientId: 'chart-viewer' }]) {
      const { foreign, missing, found } = hold([again(30, other), entry('own-1', 0)], own)
      expect([foreign, idsOf({ missing }), found]).toEqual([[], ['own-2'], ['own-1']])
    }
  })

  it('over every connection of this browser to that organization, on the next page as well', () => {
    const others = [served(3, 40)]
    const log = [entry('own-3', 40), ...honest]
    expect(hold(log, own, { others }).foreign).toEqual([])
    const again = entry('own-3', 41, { id: 'again' })
    expect(hold([again, ...log], own, { others }).foreign).toEqual(['again'])
    const first = hold([again], own, { others, last: false })
    const second = hold(log, own, { others, before: first.end })
    expect([...first.foreign, ...second.foreign]).toEqual(['entry-own-3'])
  })

  it('whatever was sent over another connection, a read of ours that was found is not missed on the next page', () => {
    const first = hold([entry('own-2', 30)], own, { last: false })
    const second = hold([entry('own-3', 10)], own, {
      others: [served(3, 10)],
      before: first.end,
      last: false,
    })
    expect(idsOf(hold([entry('own-1', 0)], own, { before: second.end }))).toEqual([])
  })
})

describe('a read of ours without an entry', () => {
  it('F30 is not missed where the log begins anew, and says that it was erased', () => {
    const own = [sent(1, 0), sent(2, 30), sent(3, 60), sent(4, 90)]
    const log = [entry('own-4', 90), erasure(40)]
    expect(idsOf(hold(log, own))).toEqual(['own-3'])
    // Whatever follows was not erased, and an erasure that it follows explains nothing.
    expect(idsOf(hold([...log, entry('other', 10, { subject: 'lee' })], own))).toEqual([
      'own-1',
      'own-2',
      'own-3',
    ])
    expect(idsOf(hold(log, own, { last: false }))).toEqual([])
  })

  it('is named once ten minutes are over', () => {
    const own = [sent(1, 0), sent(2, 30)]
    expect(idsOf(hold([entry('own-1', 0)], own))).toEqual(['own-2'])
    expect(idsOf(hold([entry('own-1', 0)], own, { now: 39 }))).toEqual([])
    expect(idsOf(hold([entry('own-1', 0)], own, { now: 41 }))).toEqual(['own-2'])
  })

  it('is nothing that was not answered, or showed nothing of the patient', () => {
    const { shown: _nothing, ...unanswered } = sent(2, 30)
    expect(idsOf(hold([entry('own-1', 0)], [sent(1, 0), unanswered]))).toEqual([])
  })

  it('is not told while a later page may show it', () => {
    const own = [sent(1, 0), sent(2, 30), sent(3, 60)]
    const first = hold([entry('own-3', 60)], own, { last: false })
    expect(idsOf(first)).toEqual([])
    expect(idsOf(hold([entry('own-1', 0)], own, { before: first.end }))).toEqual(['own-2'])
  })

  it('is not told of a log that says of no entry which request it is about', () => {
    expect(idsOf(hold([entry(undefined, 0)], [sent(1, 0)]))).toEqual([])
  })
})

describe('however a log is cut into pages', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'exactly what was added and taken out is told, once (seed %i)',
    (seed) => {
      const random = randomFrom(seed + 1)
      const own = Array.from({ length: 40 }, (_, at) => sent(at, at * 0.4 + random() * 0.3))
      // Those that are under way together may be logged in either order.
      const order = own.toSorted((a, b) => a.at + random() * 20_000 - (b.at + random() * 20_000))
      const taken = new Set(own.filter((_, at) => at > 0 && random() < 0.15).map(({ id }) => id))
      const added: string[] = []
      const events = order.flatMap(({ id, at }, place) => {
        const here = taken.has(id) ? [] : [entry(id, (at - start) / MINUTE)]
        if (place === 0 || random() > 0.1) return here
        added.push(`entry-added-${id}`)
        return [...here, entry(`added-${id}`, (at - start) / MINUTE)]
      })
      const newest = events.toReversed()
      expect(hold(newest, own, { since: own[0]?.at ?? 0 }).foreign.sort()).toEqual(added.toSorted())
      const foreign: string[] = []
      const missing: string[] = []
      let before: ReconciledEnd | undefined
      const size = 1 + Math.floor(random() * 9)
      for (let from = 0; from < newest.length; from += size) {
        const last = from + size >= newest.length
        const page = hold(newest.slice(from, from + size), own, { before, last, since: own[0]?.at ?? 0 })
        foreign.push(...page.foreign)
        missing.push(...idsOf(page))
        before = page.end
      }
      expect(missing.sort()).toEqual([...taken].sort())
      // A page without an entry of ours goes by the clocks, which may differ by ten minutes: it says less, never more.
      expect(added).toEqual(expect.arrayContaining(foreign))
      expect(new Set(foreign).size).toBe(foreign.length)
    },
  )
})

describe('what an answer shows', () => {
  it('is about the patient where it says so', () => {
    expect(shows({ resourceType: 'Patient', id: '2' }, '2')).toBe(true)
    expect(shows({ resourceType: 'Observation', subject: { reference: 'Patient/2' } }, '2')).toBe(true)
    const resource = { resourceType: 'AuditEvent', entity: [{ what: { reference: 'Patient/2' } }] }
    expect(shows({ resourceType: 'Bundle', entry: [{ resource }] }, '2')).toBe(true)
    expect(shows({ resourceType: 'Bundle' }, '2')).toBe(false)
    expect(shows({ resourceType: 'Observation', subject: { reference: 'Patient/22' } }, '2')).toBe(false)
  })
})
