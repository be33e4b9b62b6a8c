import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkLog } from '../../../extension/access-log/proof/check-log.ts'
import { canonicalTexts } from '../../fixtures/canonical-texts.ts'
import {
  createReferenceLog,
  type Event,
  eraseFrom,
  type ReferenceEntry,
  type ReferenceLog,
  redacted,
  signEntry,
} from '../../fixtures/reference-log.ts'
import { listingOf } from '../../fixtures/small-log.ts'

const now = Date.parse('2026-11-24T12:00:00Z')
const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()
const erasedAt = minutesAgo(1)

const entryOf = (count: number): Required<Omit<ReferenceEntry, 'erased' | 'hidden'>> => ({
  event: {
    resourceType: 'AuditEvent',
    id: randomUUID(),
    recorded: minutesAgo(100 - count),
    agent: [{ who: { display: 'Dr. Lee' } }],
    entity: [{ what: { reference: 'Patient/1' }, role: { code: '1' } }],
  },
  salt: randomBytes(16),
  count,
})

let log: ReferenceLog
/** An entry of patient 1 in the middle of the log. */
const PLACE = 3
const idAt = (place: number): string => log.entries[place]?.event.id ?? ''

beforeEach(() => {
  log = createReferenceLog()
  log.entries = [1, 2, 3, 4, 5, 6].map(entryOf)
})

const check = async () => {
  const events = log.entries.flatMap(({ event, hidden }) => (hidden ? [] : event)).toReversed()
  return (await checkLog(log, { events: structuredClone(events), texts: canonicalTexts, now })).proof
}
const blanked = (place = PLACE) => ({ outcome: 'alarm', reason: 'blanked', entry: { id: idAt(place) } })

describe('an entry whose values were erased', () => {
  it('is proven, with the time of the erasure, if the log contains the erasure', async () => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    expect(await check()).toMatchObject({ outcome: 'proven', erased: { [idAt(PLACE)]: { at: erasedAt } } })
  })

  it('is proven together with many others', async () => {
    log.entries = Array.from({ length: 100 }, (_, at) => entryOf(at + 1))
    const places = [...log.entries.keys()]
    eraseFrom(log, places, { recorded: erasedAt })
    const { erased = {} } = (await check()) as { erased?: object }
    expect(Object.keys(erased)).toHaveLength(100)
  })

  it('may be in the list of a patient', async () => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    const events = log.entries.flatMap(({ event, count }) => (count === undefined ? [] : event)).toReversed()
    const listing = listingOf()
    expect((await checkLog(log, { events, texts: canonicalTexts, listing, now })).proof).toMatchObject({
      outcome: 'proven',
    })
  })
})

describe('F30 an entry that lost its values raises an alarm', () => {
  const blank = (place: number) => {
    const { event, salt = Buffer.alloc(0), ...rest } = log.entries[place] as ReferenceEntry
    const { salt: _none, ...entry } = { ...rest, salt: undefined, event: redacted(event, salt) as Event }
    log.entries[place] = entry
  }

  it('if no erasure in the log says so', async () => {
    blank(PLACE)
    expect(await check()).toMatchObject(blanked())
  })

  interface Answer {
    entries: { erased?: { by: string; nonce: string } }[]
    erasures?: { event: Event; index: number; salt?: string }[]
  }
  const forged: [string, (answer: Answer) => void][] = [
    [
      'no erasure comes with it',
      (answer) => {
        delete answer.erasures
      },
    ],
    [
      'it names none',
      ({ entries }) => {
        for (const entry of entries) delete entry.erased
      },
    ],
    [
      'it names another one',
      ({ entries }) => {
        for (const { erased } of entries) if (erased) erased.by = randomUUID()
      },
    ],
    [
      'its nonce shows nothing',
      ({ entries }) => {
        for (const { erased } of entries) if (erased) erased.nonce = 'A'.repeat(22)
      },
    ],
    [
      'the erasure was edited',
      ({ erasures: [given] = [] }) => {
        if (given) given.event.recorded = minutesAgo(50)
      },
    ],
    [
      'the erasure lies elsewhere',
      ({ erasures: [given] = [] }) => {
        if (given) given.index = 0
      },
    ],
  ]
  it.each(forged)('when %s', async (_name, change) => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    log.bend = (path, body) => {
      if (!path.endsWith('inclusion')) return undefined
      const answer = JSON.parse(body)
      change(answer)
      return JSON.stringify(answer)
    }
    expect(await check()).toMatchObject(blanked())
  })

  it('if the erasure is about another entry', async () => {
    const { event } = eraseFrom(log, [0], { recorded: erasedAt })
    const { nonce = Buffer.alloc(16) } = log.entries[0]?.erased ?? {}
    blank(PLACE)
    Object.assign(log.entries[PLACE] ?? {}, { erased: { by: event.id, nonce } })
    expect(await check()).toMatchObject(blanked())
  })

  it('if the entry that commits to it is not an erasure', async () => {
    const erasure = eraseFrom(log, [PLACE], { recorded: erasedAt })
    Object.assign(erasure.event, { subtype: [{ code: 'erasure' }] })
    signEntry(log, erasure)
    expect(await check()).toMatchObject(blanked())
  })

  it('if the erasure was erased itself', async () => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    const place = log.entries.length - 1
    blank(place)
    expect(await check()).toMatchObject({ reason: 'blanked' })
    eraseFrom(log, [0], { recorded: erasedAt })
    const nonce = randomBytes(16)
    const last = log.entries.at(-1) ?? expect.fail()
    const later = last.event
    const digest = createHash('sha256').update(nonce).update(`erased\0${place}`).digest('base64url')
    Object.assign(later, { entity: [{ detail: [{ type: 'erased', valueString: digest }] }] })
    signEntry(log, last)
    log.entries[0] = entryOf(1)
    Object.assign(log.entries[place] ?? {}, { erased: { by: later.id, nonce } })
    expect(await check()).toMatchObject(blanked())
  })

  it('if the erasure is older than the entry', async () => {
    const erasure = eraseFrom(log, [0], { recorded: erasedAt })
    const { event } = erasure
    log.entries[0] = entryOf(1)
    // The erasure committed to the place in advance.
    const place = log.entries.push(entryOf(7)) - 1
    const nonce = randomBytes(16)
    const digest = createHash('sha256').update(nonce).update(`erased\0${place}`).digest('base64url')
    Object.assign(event, { entity: [{ detail: [{ type: 'erased', valueString: digest }] }] })
    signEntry(log, erasure)
    blank(place)
    Object.assign(log.entries[place] ?? {}, { erased: { by: event.id, nonce } })
    expect(await check()).toMatchObject(blanked(place))
  })

  it('J06 if the key of the log did not sign the erasure, or signed it for another place', async () => {
    const erasure = eraseFrom(log, [PLACE], { recorded: erasedAt })
    const details = (erasure.event.entity as { detail: object[] }[])[0]?.detail
    const signature = details?.pop() ?? {}
    const isListed = { outcome: 'alarm', reason: 'forged', entry: { id: erasure.event.id } }
    expect(await check()).toMatchObject(isListed)
    erasure.hidden = true
    expect(await check()).toMatchObject(blanked())
    details?.push(signature)
    expect(await check()).toMatchObject({ outcome: 'proven' })
    log.entries.splice(log.entries.length - 1, 0, entryOf(7))
    expect(await check()).toMatchObject(blanked())
  })
})
