import { beforeEach, describe, expect, it } from 'vitest'
import type { LogCheck, LogResult } from '../../../extension/access-log/proof/check-log.ts'
import { beginShown } from '../../../extension/access-log/proof/entry-counts.ts'
import type { StoredKnownLog } from '../../../extension/storage/stored-log.ts'
import type { Event, ReferenceEntry, ReferenceLog } from '../../fixtures/reference-log.ts'
import {
  checkAt,
  createSmallLog,
  ofPatient as entriesOf,
  entryOf,
  learn,
  listingOf,
  now,
  shown,
} from '../../fixtures/small-log.ts'

let log: ReferenceLog

beforeEach(() => {
  log = createSmallLog()
})

const ofPatient = (patient?: string) => entriesOf(log, patient)
const check = (more: Partial<LogCheck> = {}) => checkAt(log, more)

describe('the list of one patient', () => {
  const listing = listingOf()
  const events = (without: (number | undefined)[] = []) =>
    shown(ofPatient().filter(({ count }) => !without.includes(count)))
  const page = (some: Event[], before?: LogResult, last = false) =>
    check({
      events: some,
      listing: listingOf({
        last,
        ...(before?.listed?.shown && { shown: before.listed.shown }),
      }),
    })
  const eventOf = (number: number | undefined) => ofPatient().find(({ count }) => count === number)?.event
  const proven = { proof: { outcome: 'proven' } }

  it('is complete', async () => {
    expect(await check({ events: events(), listing })).toMatchObject(proven)
  })

  it('is complete over several pages', async () => {
    const first = await page(events().slice(0, 3))
    expect(first).toMatchObject({ ...proven, listed: { shown: { top: 7, missing: [] } } })
    expect(await page(events().slice(3), first, true)).toMatchObject(proven)
  })

  it('raises an alarm if an entry is missing', async () => {
    for (const [missing, beside] of [
      [4, 3],
      [6, 5],
      [1, 2],
    ])
      expect((await check({ events: events([missing]), listing })).proof, `${missing}`).toMatchObject({
        reason: 'gap',
        entry: { id: eventOf(beside)?.id },
      })
  })

  it('raises an alarm if an entry is missing, however long the list is', async () => {
    log.entries = Array.from({ length: 30 }, (_, at) => entryOf(at + 1, 200 - at))
    const result = await page(events([20]))
    expect(result.proof).toMatchObject({ reason: 'gap', entry: { id: eventOf(19)?.id } })
    const many = Array.from({ length: 10 }, (_, at) => at + 4)
    expect((await page(events(many))).proof).toMatchObject({ reason: 'gap', entry: { id: eventOf(3)?.id } })
  })

  it('raises an alarm if an entry is missing between pages', async () => {
    const first = await page(events().slice(0, 3))
    expect((await page(events().slice(4), first, true)).proof).toMatchObject({
      reason: 'gap',
      entry: { id: eventOf(3)?.id },
    })
    expect((await page([], first, true)).proof).toEqual({ outcome: 'alarm', reason: 'gap' })
  })

  it('may have two neighbouring entries in reverse order, even across pages', async () => {
    const [seven, six, five, four, ...rest] = events() as [Event, Event, Event, Event, ...Event[]]
    const first = await page([seven, six, four])
    expect(first).toMatchObject({
      ...proven,
      listed: { shown: { top: 7, missing: [[5, expect.any(Number)]] } },
    })
    expect(await page([five, ...rest], first, true)).toMatchObject(proven)
    expect((await page(rest, first, true)).proof).toMatchObject({ reason: 'gap' })
    // A page may repeat an entry, because the pages of some organizations move while their log grows.
    expect(await page([five, four, ...rest], first, true)).toMatchObject(proven)
  })

  it('J51 may have a newer entry that is dated back on a later page; the next list has all up to it', async () => {
    const first = await page(events().slice(0, 1))
    log.entries.push(entryOf(8, 192.9), entryOf(9, 192.8), entryOf(10, 193.7))
    const byDate = (without: number[] = []) =>
      events(without).sort((a, b) => (a.recorded < b.recorded ? 1 : -1))
    const last = byDate([7, 8, 9])
    expect(last[0]).toEqual(eventOf(10))
    const result = await page(last, first, true)
    expect(result).toMatchObject({ ...proven, listed: { shown: { top: 7, missing: [] } } })
    const known = learn(result)
    expect([known.readThrough, known.places[0]?.[0]]).toEqual([7, 10])
    const next = listingOf({ known })
    expect((await check({ events: byDate([8, 9]), listing: next })).proof).toMatchObject({ reason: 'gap' })
    expect(await check({ events: byDate(), listing: next })).toMatchObject(proven)
    const pages = { listing: listingOf({ known, last: false }), events: byDate().slice(0, 2) }
    const top = await check(pages)
    const rest = listingOf({ known, shown: top.listed?.shown ?? beginShown() })
    expect(await check({ events: byDate().slice(2), listing: rest })).toMatchObject({
      ...proven,
      listed: { shown: { top: 10 } },
    })
    expect((await check({ events: byDate([10]).slice(2), listing: rest })).proof).toMatchObject({
      reason: 'gap',
    })
  })

  describe('J51 if entries wait,', () => {
    const waits = (...counts: number[]) => counts.map((count) => entryOf(count, 0)) as [ReferenceEntry]
    const signed = (...entries: ReferenceEntry[]) => {
      log.entries.push(...entries)
      log.size = log.entries.length
    }

    it('raises an alarm over a number that none of them can have, because it lies below a proven one', async () => {
      signed()
      log.entries.push(...waits(8, 9))
      for (const missing of [6, 4])
        expect((await check({ events: events([missing]), listing })).proof).toMatchObject({ reason: 'gap' })
      const first = await page(events().slice(0, 4))
      expect((await page(events([3]).slice(4), first, true)).proof).toMatchObject({ reason: 'gap' })
    })

    it('leaves it open once whether they have the numbers above, and never if those were known before', async () => {
      signed()
      const known = learn(await check({ events: events(), listing }))
      const later = [8, 9, 10, 11].map((count) => entryOf(count, 12 - count))
      const list = (before?: LogResult) => ({
        last: before !== undefined,
        shown: before?.listed?.shown ?? beginShown(known),
        known,
      })
      const [waiting] = waits(12)
      const first = await check({ events: [waiting.event, waiting.event], listing: listingOf(list()) })
      signed(...later, waiting)
      const rest = { events: events([8, 12]), listing: listingOf(list(first)) }
      const open = await check(rest)
      expect(open).toMatchObject({ ...proven, listed: { shown: { isUnsure: true } } })
      const places = learn(open, known).places
      const again = {
        ...rest.listing,
        shown: { ...rest.listing.shown, known: places[0] as [number, number, number] },
      }
      expect((await check({ ...rest, listing: again })).proof).toMatchObject({ reason: 'gap' })
      const both = { ...rest, events: events([8, 10, 12]) }
      expect((await check(both)).proof, 'two numbers for one entry').toMatchObject({ reason: 'gap' })
    })

    it('passes over no more numbers below the proven ones than without them', async () => {
      log.entries = Array.from({ length: 400 }, (_, at) => entryOf(at + 1, 500 - at / 1000))
      signed()
      const many = Array.from({ length: 50 }, (_, at) => entryOf(401 + at, 0))
      log.entries.push(...many)
      const shownFirst = await page([...events().slice(0, 50), eventOf(400) as Event])
      expect(shownFirst).toMatchObject({ proof: { pending: 50 } })
      expect((await page([eventOf(180) as Event], shownFirst)).proof).toMatchObject({ reason: 'gap' })
      expect(await page([eventOf(200) as Event], shownFirst)).toMatchObject(proven)
    })
  })

  it('raises an alarm if a number is repeated', async () => {
    log.entries.push(entryOf(7, 90))
    expect((await check({ events: events(), listing })).proof).toMatchObject({ reason: 'duplicate' })
  })

  it('raises an alarm if an entry has no number', async () => {
    const { count: _none, ...entry } = entryOf(8, 90)
    log.entries.push(entry)
    expect((await check({ events: events(), listing })).proof).toMatchObject({ reason: 'malformed' })
  })

  it('raises an alarm if numbers are impossible', async () => {
    log.entries.push(entryOf(Number.MAX_SAFE_INTEGER, 90))
    expect((await check({ events: events(), listing })).proof).toMatchObject({ reason: 'gap' })
  })

  it('may begin with entries that still wait, and end early where a page follows', async () => {
    log.size = log.entries.push(entryOf(8, 0)) - 1
    expect(await page(events().slice(0, 4))).toMatchObject({
      proof: { outcome: 'proven', pending: 1 },
      listed: {
        shown: {
          top: 7,
          tail: [[7], [6], [5]].map(([number]) => [number, expect.any(Number), expect.any(Number)]),
        },
      },
    })
  })
})

describe('F73 the alarm over a list of one patient is raised by', () => {
  /** The list that was shown, and what the browser remembers of it. */
  const lookBefore = async (at = now - 3_600_000) => {
    const result = await check({ events: list(), listing: listingOf(), now: at })
    expect(result.proof.outcome).toBe('proven')
    return learn(result)
  }
  const list = () => shown(ofPatient().filter(({ hidden }) => !hidden))
  const look = async (known?: StoredKnownLog, events = list(), at = now) =>
    check({ events, listing: listingOf(known && { known }), now: at })
  const alarm = (reason: string, entry?: { id: string }) => ({
    outcome: 'alarm',
    reason,
    ...(entry && { entry: { id: entry.id } }),
  })
  const hide = (count: number) => {
    const entry = ofPatient().find((each) => each.count === count)
    if (!entry) throw new Error(`no entry ${count}`)
    entry.hidden = true
    return entry
  }

  it.each([1, 4, 7])(
    'entry %i replaced by a leaf that was appended today with its number and date',
    async (count) => {
      const known = await lookBefore()
      const { event } = hide(count)
      const forged = entryOf(count, 0)
      forged.event.recorded = event.recorded
      log.entries.push(forged)
      const events = list().sort((a, b) => (a.recorded < b.recorded ? 1 : -1))
      const { proof, listed } = await look(known, events)
      expect(proof).toMatchObject(alarm('reordered'))
      expect(listed).toBeUndefined()
    },
  )

  it('an entry replaced by one that was appended before the last look but not shown then', async () => {
    const forged = { ...entryOf(7, 100), hidden: true }
    log.entries.push(forged)
    const known = await lookBefore()
    hide(7)
    forged.hidden = false
    expect((await look(known)).proof).toMatchObject(alarm('reordered', forged.event))
    // A browser that remembers nothing cannot tell.
    expect((await look()).proof).toMatchObject({ outcome: 'proven' })
  })

  it('an old number below newer ones, even if nothing is remembered', async () => {
    hide(4)
    const forged = entryOf(4, 90)
    log.entries.push(forged)
    const events = list()
    expect((await look(undefined, events)).proof).toMatchObject(alarm('reordered'))
  })

  it('the newest entry, if it was shown before and is gone', async () => {
    const known = await lookBefore()
    hide(7)
    expect((await look()).proof).toMatchObject({ outcome: 'proven' })
    expect((await look(known)).proof).toMatchObject(
      alarm('gap', ofPatient().find(({ count }) => count === 6)?.event),
    )
    expect((await look(known, [])).proof).toEqual({ outcome: 'alarm', reason: 'gap' })
  })

  it('an entry that was backdated when it was appended', async () => {
    const forged = entryOf(8, 250)
    log.entries.push(forged)
    expect((await look()).proof).toMatchObject(alarm('misdated', forged.event))
    // Alone on its page, it contradicts the remembered entries.
    log.entries.pop()
    const known = await lookBefore()
    log.entries.push(forged)
    const listing = listingOf({ last: false, known: known })
    expect((await check({ events: [forged.event], listing })).proof).toMatchObject(alarm('misdated'))
  })

  it('an entry of another patient, in a list that is otherwise complete', async () => {
    expect((await look(undefined, shown(ofPatient('2')))).proof).toMatchObject(
      alarm('other-patient', ofPatient('2')[0]?.event),
    )
    const waiting = entryOf(2, 0.1, '2')
    expect((await look(undefined, [waiting.event, ...list()])).proof).toMatchObject(alarm('other-patient'))
    const nobodys = entryOf(undefined, 0.1)
    expect((await look(undefined, [nobodys.event, ...list()])).proof).toMatchObject(alarm('other-patient'))
  })

  it('an entry that only looks erased', async () => {
    const pretending = entryOf(8, 50)
    pretending.event.entity = [{ what: { reference: `sha256:${'A'.repeat(43)}` }, role: { code: '1' } }]
    log.entries.push(pretending)
    expect(
      (
        await look(
          undefined,
          shown(log.entries.filter((each) => each === pretending || ofPatient().includes(each))),
        )
      ).proof,
    ).toMatchObject(alarm('other-patient', pretending.event))
  })

  it('an unproven entry dated 2099, and a proven one that has later entries after it', async () => {
    const future = entryOf(8, 0)
    future.event.recorded = '2099-01-01T00:00:00.000Z'
    log.size = log.entries.length
    log.entries.push(future)
    expect((await look()).proof).toMatchObject(alarm('missing', future.event))
    delete log.size
    log.entries.push(entryOf(9, 1))
    expect((await look()).proof).toMatchObject(alarm('misdated', future.event))
  })

  it('an entry that waits longer than a log may take, even if it is dated ahead', async () => {
    const waiting = entryOf(8, -5)
    log.size = log.entries.length
    log.entries.push(waiting)
    const result = await look()
    expect(result.proof).toMatchObject({ outcome: 'proven', pending: 1 })
    const known = learn(result)
    const later = now + 11 * 60_000
    expect((await look(known, list(), now + 9 * 60_000)).proof).toMatchObject({ pending: 1 })
    expect((await look(known, list(), later)).proof).toMatchObject(alarm('missing', waiting.event))
    // When it is seen a second time, it has waited since the first.
    const again = learn(await look(known, list(), now + 8.9 * 60_000), known)
    expect(again.waiting).toMatchObject([{ id: waiting.event.id, since: now }])
    waiting.event.recorded = new Date(later - 1000).toISOString()
    expect((await look(known, list(), later)).proof, 'a moved date').toMatchObject(alarm('altered'))
  })

  it('an entry that was shown without proof and vanished', async () => {
    const waiting = entryOf(8, 0)
    log.size = log.entries.length
    log.entries.push(waiting)
    const known = learn(await look())
    log.entries.pop()
    delete log.size
    log.entries.push({ ...entryOf(8, -3), event: { ...entryOf(8, -3).event } })
    expect((await look(known, list(), now + 5 * 60_000)).proof).toMatchObject({
      ...alarm('missing'),
      entry: { id: waiting.event.id, recorded: waiting.event.recorded },
    })
  })
})
