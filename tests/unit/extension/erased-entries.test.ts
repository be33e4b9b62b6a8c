import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkLog } from '../../../extension/access-log/check-log.ts'
import { canonicalTexts } from '../../fixtures/canonical-texts.ts'
import {
  createReferenceLog,
  type Event,
  eraseFrom,
  type ReferenceEntry,
  type ReferenceLog,
  redacted,
} from '../../fixtures/reference-log.ts'

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
  const events = log.entries.map(({ event }) => event).toReversed()
  return (await checkLog(log, { events: structuredClone(events), texts: canonicalTexts, now })).proof
}
const blanked = (place = PLACE) => ({ outcome: 'alarm', reason: 'blanked', entry: { id: idAt(place) } })

describe('an entry whose values were erased', () => {
  it('is proven, with the time of the erasure, if the log contains the erasure', async () => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    expect(await check()).toMatchObject({ outcome: 'proven', erased: { [idAt(PLACE)]: { at: erasedAt } } })
  })

  it('is proven by an erasure that the operator confirmed later', async () => {
    eraseFrom(log, [0, PLACE], { recorded: erasedAt, details: { how: 'confirmed' } })
    const entry = { at: erasedAt, confirmed: true }
    expect(await check()).toMatchObject({
      outcome: 'proven',
      erased: { [idAt(0)]: entry, [idAt(PLACE)]: entry },
    })
  })

  it('may be in the list of a patient', async () => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    const events = log.entries.flatMap(({ event, count }) => (count === undefined ? [] : event)).toReversed()
    const listing = { patient: '1', last: true }
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
    const { event } = eraseFrom(log, [PLACE], { recorded: erasedAt })
    Object.assign(event, { subtype: [{ code: 'erasure' }] })
    expect(await check()).toMatchObject(blanked())
  })

  it('if the erasure was erased itself', async () => {
    eraseFrom(log, [PLACE], { recorded: erasedAt })
    const place = log.entries.length - 1
    blank(place)
    expect(await check()).toMatchObject({ reason: 'blanked' })
    eraseFrom(log, [0], { recorded: erasedAt })
    const nonce = randomBytes(16)
    const later = log.entries.at(-1)?.event
    const digest = createHash('sha256').update(nonce).update(`erased\0${place}`).digest('base64url')
    Object.assign(later ?? {}, { entity: [{ detail: [{ type: 'erased', valueString: digest }] }] })
    log.entries[0] = entryOf(1)
    Object.assign(log.entries[place] ?? {}, { erased: { by: later?.id, nonce } })
    expect(await check()).toMatchObject(blanked())
  })

  it('if the erasure is older than the entry', async () => {
    const { event } = eraseFrom(log, [0], { recorded: erasedAt })
    log.entries[0] = entryOf(1)
    // The erasure committed to the place in advance.
    const place = log.entries.push(entryOf(7)) - 1
    const nonce = randomBytes(16)
    const digest = createHash('sha256').update(nonce).update(`erased\0${place}`).digest('base64url')
    Object.assign(event, { entity: [{ detail: [{ type: 'erased', valueString: digest }] }] })
    blank(place)
    Object.assign(log.entries[place] ?? {}, { erased: { by: event.id, nonce } })
    expect(await check()).toMatchObject(blanked(place))
  })
})
