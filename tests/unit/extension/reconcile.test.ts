import { describe, expect, it } from 'vitest'
import { isAboutPatient } from '../../../extension/access-log/own/own-requests.ts'
import { type ReconciliationEnd, reconcile } from '../../../extension/access-log/own/reconcile.ts'
import { entryIdOf } from '../../../extension/access-log/proof/log-leaf.ts'
import type { OwnRequest } from '../../../extension/storage/stored-log.ts'

const MINUTE = 60_000
const start = Date.parse('2026-11-01T12:00:00Z')
const requester = {
  clientId: 'carekey',
  subject: 'sub-1',
  issuer: 'https://clinic.example',
  fhirBase: 'https://clinic.example/fhir',
  patient: '2',
}

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
  subtype: [{ code: kind, ...(kind === 'proof' && { system: 'urn:carekey:access-kind' }) }],
  agent: [
    { who: { identifier: { value: clientId } } },
    { who: { identifier: { value: subject } }, requestor: true },
  ],
  entity: [
    ...(requestId ? [{ type: { code: 'XrequestId' }, what: { identifier: { value: requestId } } }] : []),
    ...(query ? [{ query: btoa(query) }] : []),
  ],
})

const check = (
  events: ReturnType<typeof entry>[],
  requests: OwnRequest[],
  {
    since = start,
    last = true,
    before = undefined as ReconciliationEnd | undefined,
    beganAt = 600,
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
    beganAt: start + beganAt * MINUTE,
  })

const erasure = (minute: number) => ({
  ...entry(undefined, minute),
  id: 'erasure',
  subtype: [{ system: 'urn:carekey:access-kind', code: 'erasure' }],
})

const idsOf = ({ missing }: { missing: OwnRequest[] }) => missing.map(({ id }) => id)

/** A small seeded generator, so that a failure can be reproduced. */
const randomFrom = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

describe('a read that this browser did not send', () => {
  const own = [sent(1, 0), sent(2, 30)]
  const honest = [entry('own-2', 30), entry('own-1', 0)]

  it('is an entry by this person and application with a request ID that was never sent', () => {
    const { foreign, missing } = check([entry('other', 40), ...honest], own)
    expect(foreign).toEqual(['entry-other'])
    expect(missing).toEqual([])
  })

  it('is an entry without a request ID, if the log names those of this browser', () => {
    const silent = entry(undefined, 40)
    expect(check([silent, ...honest], own).foreign).toEqual(['entry-undefined'])
    // Also on a later page, if an earlier page named one.
    const first = check(honest.slice(0, 1), own, { last: false })
    expect(check([entry(undefined, 20)], own, { before: first.end }).foreign).toEqual(['entry-undefined'])
    // An id of another application says nothing about a log that names none of ours.
    expect(check([entry('other', 50, { clientId: 'chart-viewer' }), silent], own).foreign).toEqual([])
  })

  it('is never an entry by another application or person, about no data, or from before the journal', () => {
    const others = [
      entry('a', 40, { clientId: 'chart-viewer' }),
      entry('b', 40, { subject: 'lee' }),
      entry('c', 40, { kind: 'ITI-71' }),
      entry('d', 40, { kind: 'proof' }),
    ]
    expect(check([...others, ...honest, entry(undefined, -1)], own).foreign).toEqual([])
  })

  it('is not reported for the time before the journal is complete', () => {
    expect(check([...honest, entry('earlier', -1)], own).foreign).toEqual([])
    expect(check([entry('earlier', 5)], own).foreign).toEqual([])
  })

  it('is reported if it is above an entry of ours, whatever the clocks say', () => {
    const ahead = own.map((request) => ({ ...request, at: request.at + 300 * MINUTE }))
    const since = ahead[0]?.at ?? 0
    expect(check([entry('other', 1), ...honest], ahead, { since }).foreign).toEqual(['entry-other'])
  })

  it('F33 is recognized by the id that is shown, however it is written', () => {
    const written = entry('other', 40, { id: ` \u200b${'x'.repeat(600)}` })
    expect(check([written, ...honest], own).foreign).toEqual([entryIdOf(written)])
    expect(entryIdOf(written)).toHaveLength(499)
  })

  it('is reported on a page without an entry of ours', () => {
    expect(check([entry('other', 40)], own, { last: false }).foreign).toEqual(['entry-other'])
  })
})

describe('F33 a request ID that was sent accounts for one entry', () => {
  const served = (number: number, minute: number) =>
    sent(number, minute, { servedAt: start + minute * MINUTE })
  const own = [served(1, 0), served(2, 30)]
  const honest = [entry('own-2', 30), entry('own-1', 0)]
  const again = (minute: number, more = {}) => entry('own-2', minute, { id: `again-${minute}`, ...more })

  it('and two more entries with it are by others', () => {
    const { foreign, missing } = check([again(32), ...honest, again(29)], own)
    expect(foreign).toEqual(['again-32', 'again-29'])
    expect(missing).toEqual([])
  })

  it('on the next page as well', () => {
    const first = check([entry('own-2', 30)], own, { last: false })
    expect(check([again(29.9), entry('own-1', 0)], own, { before: first.end }).foreign).toEqual([
      'again-29.9',
    ])
  })

  it('only at the time of its answer, by the clock of the organization', () => {
    const { foreign, missing } = check([again(300), entry('own-1', 0)], own)
    expect(foreign).toEqual(['again-300'])
    expect(idsOf({ missing })).toEqual(['own-2'])
    // This browser's own clock may be wrong by any amount.
    const ahead = own.map((request) => ({ ...request, at: request.at + 300 * MINUTE }))
    expect(check(honest, ahead, { since: start }).foreign).toEqual([])
  })

  it('only for the type that was requested', () => {
    const of = (query: string) => [entry('own-2', 30, { query }), entry('own-1', 0)]
    expect(check(of('Condition?patient=2'), own).foreign).toEqual(['entry-own-2'])
    for (const query of ['Observation?patient=2', 'https://clinic.example/fhir/Observation?patient=2', '?'])
      expect(check(of(query), own).foreign, query).toEqual([])
  })

  it("only for this person and this application: another's entry is not ours", () => {
    for (const other of [{ subject: 'lee' }, { clientId: 'chart-viewer' }]) {
      const { foreign, missing, found } = check([again(30, other), entry('own-1', 0)], own)
      expect([foreign, idsOf({ missing }), found]).toEqual([[], ['own-2'], ['own-1']])
    }
  })

  it('for all connections of this browser to that organization, on the next page as well', () => {
    const others = [served(3, 40)]
    const log = [entry('own-3', 40), ...honest]
    expect(check(log, own, { others }).foreign).toEqual([])
    const again = entry('own-3', 41, { id: 'again' })
    expect(check([again, ...log], own, { others }).foreign).toEqual(['again'])
    const first = check([again], own, { others, last: false })
    const second = check(log, own, { others, before: first.end })
    expect([...first.foreign, ...second.foreign]).toEqual(['entry-own-3'])
  })

  it('a read of ours that was found is not reported missing on the next page, whatever another connection sent', () => {
    const first = check([entry('own-2', 30)], own, { last: false })
    const second = check([entry('own-3', 10)], own, {
      others: [served(3, 10)],
      before: first.end,
      last: false,
    })
    expect(idsOf(check([entry('own-1', 0)], own, { before: second.end }))).toEqual([])
  })

  it('a list that repeats its pages passes on each entry once', () => {
    // The clocks differ so much that nothing tells how far down the list goes.
    const untimed = own.map((request) => ({ ...request, servedAt: request.at - 60 * MINUTE }))
    const page = [entry('own-2', -30), entry('own-1', -60)]
    const first = check(page, untimed, { last: false }).end
    expect(first.found.map(([request]) => request)).toEqual(['own-1', 'own-2'])
    const second = check(page, untimed, { last: false, before: first }).end
    expect(check(page, untimed, { last: false, before: second }).end).toEqual(first)
  })
})

describe('a read of ours without an entry', () => {
  it('F30 is not reported missing if the log starts over after an erasure, and says so', () => {
    const own = [sent(1, 0), sent(2, 30), sent(3, 60), sent(4, 90)]
    const log = [entry('own-4', 90), erasure(40)]
    expect(idsOf(check(log, own))).toEqual(['own-3'])
    // An older entry is still there, so the log did not start over, and the erasure explains nothing.
    expect(idsOf(check([...log, entry('other', 10, { subject: 'lee' })], own))).toEqual([
      'own-1',
      'own-2',
      'own-3',
    ])
    expect(idsOf(check(log, own, { last: false }))).toEqual([])
  })

  it('is reported although the list ends with an erasure that was erased itself', () => {
    const own = [sent(1, 0), sent(3, 60)]
    const forged = { ...erasure(40), text: `sha256:${'a'.repeat(43)}` }
    expect(idsOf(check([entry('own-3', 60), forged], own))).toEqual(['own-1'])
  })

  it('is reported if the erasure at the end of the list is dated later than the entries above it', () => {
    const own = [sent(1, 0), sent(3, 60)]
    expect(idsOf(check([entry('own-1', 0), erasure(40)], own))).toEqual(['own-3'])
  })

  it('is not reported on a page above it because the clock of this browser was ahead, and was set right', () => {
    // Sent after the other one, and listed below it by this browser's clock.
    const own = [sent(1, 0, { servedAt: start }), sent(2, 5, { servedAt: start - 5 * MINUTE })]
    const log = [entry('own-1', 0)]
    expect(idsOf(check(log, own, { last: false, beganAt: 30 }))).toEqual([])
    expect(idsOf(check(log, own, { beganAt: 30 }))).toEqual(['own-2'])
    // With a clock that was behind, it is above the other one.
    const behind = [sent(1, 0, { servedAt: start }), sent(2, -5, { servedAt: start + 5 * MINUTE })]
    expect(idsOf(check(log, behind, { last: false, beganAt: 30 }))).toEqual(['own-2'])
    // A time that no clock tells is not taken.
    const claimed = [sent(1, 0), sent(2, 5, { servedAt: start - 1_441 * MINUTE })]
    expect(idsOf(check(log, claimed, { last: false, beganAt: 30 }))).toEqual(['own-2'])
  })

  it.each([60, -60])(
    'is not reported on a page above it because the clock was wrong by %i minutes',
    (wrong) => {
      const own = [sent(1, wrong, { servedAt: start }), sent(2, 30, { servedAt: start + 30 * MINUTE })]
      const first = check([entry('own-2', 30)], own, { last: false })
      expect(idsOf(first)).toEqual([])
      expect(idsOf(check([entry('own-1', 0)], own, { before: first.end }))).toEqual([])
    },
  )

  it('is not reported because another one was sent while the clock was wrong', () => {
    const own = [sent(1, -60, { servedAt: start + 20 * MINUTE }), sent(2, 10)]
    const first = check([entry('own-1', 20)], own, { last: false })
    expect(idsOf(first)).toEqual([])
  })

  it('is not reported because another one, which was never answered, has only the time of this browser', () => {
    // The organization's clock is 64 seconds ahead.
    const ahead = (minute: number) => ({ servedAt: start + (minute + 64 / 60) * MINUTE })
    const own = [sent(1, -1), sent(2, -0.03, ahead(-0.03)), sent(3, 0, ahead(0))]
    const log = [entry('own-3', 64 / 60), entry('own-1', 4 / 60)]
    expect(idsOf(check(log, own, { last: false, beganAt: 30 }))).toEqual([])
  })

  it('is reported after ten minutes', () => {
    const own = [sent(1, 0), sent(2, 30)]
    expect(idsOf(check([entry('own-1', 0)], own))).toEqual(['own-2'])
    expect(idsOf(check([entry('own-1', 0)], own, { beganAt: 39 }))).toEqual([])
    expect(idsOf(check([entry('own-1', 0)], own, { beganAt: 41 }))).toEqual(['own-2'])
  })

  it('is not reported if it was never answered or showed nothing of the patient', () => {
    const { shown: _nothing, ...unanswered } = sent(2, 30)
    expect(idsOf(check([entry('own-1', 0)], [sent(1, 0), unanswered]))).toEqual([])
  })

  it('is not reported while a later page may still contain its entry', () => {
    const own = [sent(1, 0), sent(2, 30), sent(3, 60)]
    const first = check([entry('own-3', 60)], own, { last: false })
    expect(idsOf(first)).toEqual([])
    expect(idsOf(check([entry('own-1', 0)], own, { before: first.end }))).toEqual(['own-2'])
  })

  it('is not reported for a log whose entries have no request IDs', () => {
    expect(idsOf(check([entry(undefined, 0)], [sent(1, 0)]))).toEqual([])
  })
})

describe('whatever pages a log is cut into', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'each added and each removed entry is reported exactly once (seed %i)',
    (seed) => {
      const random = randomFrom(seed + 1)
      const own = Array.from({ length: 40 }, (_, at) => sent(at, at * 0.4 + random() * 0.3))
      // Concurrent requests may be logged in either order.
      const order = own.toSorted((a, b) => a.at + random() * 20_000 - (b.at + random() * 20_000))
      const removedIds = new Set(own.filter((_, at) => at > 0 && random() < 0.15).map(({ id }) => id))
      const added: string[] = []
      const events = order.flatMap(({ id, at }, place) => {
        const here = removedIds.has(id) ? [] : [entry(id, (at - start) / MINUTE)]
        if (place === 0 || random() > 0.1) return here
        added.push(`entry-added-${id}`)
        return [...here, entry(`added-${id}`, (at - start) / MINUTE)]
      })
      const newest = events.toReversed()
      expect(check(newest, own, { since: own[0]?.at ?? 0 }).foreign.sort()).toEqual(added.toSorted())
      const foreign: string[] = []
      const missing: string[] = []
      let before: ReconciliationEnd | undefined
      const size = 1 + Math.floor(random() * 9)
      for (let from = 0; from < newest.length; from += size) {
        const last = from + size >= newest.length
        const page = check(newest.slice(from, from + size), own, { before, last, since: own[0]?.at ?? 0 })
        foreign.push(...page.foreign)
        missing.push(...idsOf(page))
        before = page.end
      }
      expect(missing.sort()).toEqual([...removedIds].sort())
      // A page without an entry of ours relies on the clocks, which may differ by ten minutes: it reports less, never more.
      expect(added).toEqual(expect.arrayContaining(foreign))
      expect(new Set(foreign).size).toBe(foreign.length)
    },
  )
})

describe('an answer', () => {
  it('shows the patient when a resource in it refers to them', () => {
    expect(isAboutPatient({ resourceType: 'Patient', id: '2' }, '2')).toBe(true)
    expect(isAboutPatient({ resourceType: 'Observation', subject: { reference: 'Patient/2' } }, '2')).toBe(
      true,
    )
    const resource = { resourceType: 'AuditEvent', entity: [{ what: { reference: 'Patient/2' } }] }
    expect(isAboutPatient({ resourceType: 'Bundle', entry: [{ resource }] }, '2')).toBe(true)
    expect(isAboutPatient({ resourceType: 'Bundle' }, '2')).toBe(false)
    expect(isAboutPatient({ resourceType: 'Observation', subject: { reference: 'Patient/22' } }, '2')).toBe(
      false,
    )
  })
})
