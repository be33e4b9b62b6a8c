import { randomBytes, randomUUID } from 'node:crypto'
import { fc } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeptCheckpoint, LogCheck } from '../../../extension/access-log/proof/check-log.ts'
import { entryLimits } from '../../../extension/access-log/proof/log-leaf.ts'
import { ProblemError } from '../../../extension/messages/errors.ts'
import { countDigests } from '../../fixtures/count-digests.ts'
import { otherSpellings } from '../../fixtures/other-spellings.ts'
import { createKey, type Event, type ReferenceLog, signEntry } from '../../fixtures/reference-log.ts'
import {
  checkAt,
  createSmallLog,
  entryOf,
  learn,
  listingOf,
  minutesAgo,
  now,
  ofPatient,
  shown as shownEvents,
} from '../../fixtures/small-log.ts'

let log: ReferenceLog

beforeEach(() => {
  log = createSmallLog()
})
afterEach(() => vi.restoreAllMocks())

const shown = () => shownEvents(log.entries)
const check = (more: Partial<LogCheck> = {}) => checkAt(log, more)

/** The stored result of the first look. */
const firstLook = async (): Promise<KeptCheckpoint> => {
  const { keep } = await check({ now: now - 1000 })
  if (!keep) throw new Error('nothing kept')
  log.asked.length = 0
  return keep
}

describe('a valid log', () => {
  it('is trusted at the first look, and its key and checkpoint are kept', async () => {
    const { proof, keep } = await check()
    expect(proof).toEqual({ outcome: 'proven', at: now, proven: 10, pending: 0 })
    expect(keep).toEqual({ key: log.key.vkey, note: log.key.note(10, log.tree().root(10)), keptAt: now })
    expect(log.asked).toEqual(['/audit/key', '/audit/checkpoint', '/audit/proof/inclusion!'])
  })

  it('is proven to continue the kept checkpoint, without another request for its key', async () => {
    const checkpoint = await firstLook()
    log.entries.push(entryOf(8, 2))
    expect((await check({ kept: checkpoint })).proof).toEqual({
      outcome: 'proven',
      at: now,
      since: now - 1000,
      proven: 11,
      pending: 0,
    })
    expect(log.asked).toEqual(['/audit/checkpoint', '/audit/proof/consistency', '/audit/proof/inclusion!'])
  })

  it('is proven when it has not grown', async () => {
    const checkpoint = await firstLook()
    expect((await check({ kept: checkpoint })).proof).toMatchObject({ outcome: 'proven' })
    expect(log.asked).not.toContain('/audit/proof/consistency')
  })

  it('may be empty, and grow from there', async () => {
    log.entries = []
    const { keep } = await check()
    log.entries = [entryOf(1, 2)]
    expect((await check({ kept: keep })).proof).toMatchObject({ outcome: 'proven', since: now })
  })

  it('may be signed by a witness beside its own key', async () => {
    log.bend = (path, body) =>
      path === '/audit/checkpoint'
        ? body + createKey('witness.example').note(1, Buffer.alloc(32), 'witness.example').split('\n\n')[1]
        : undefined
    expect((await check()).proof).toMatchObject({ outcome: 'proven' })
  })

  it('is proven at a hundred entries a request', async () => {
    log.entries = Array.from({ length: 230 }, () => entryOf(undefined, 50))
    expect((await check()).proof).toMatchObject({ outcome: 'proven' })
    expect(log.asked.filter((path) => path.includes('inclusion'))).toHaveLength(3)
  })
})

describe('an entry that is not yet under the checkpoint', () => {
  it('may wait for a minute', async () => {
    log.size = log.entries.push(entryOf(8, 0.1)) - 1
    expect((await check()).proof).toEqual({ outcome: 'proven', at: now, proven: 10, pending: 1 })
  })

  it('is missing if a later one is proven', async () => {
    const late = entryOf(8, 3)
    log.entries.push(entryOf(undefined, 1))
    const events = [...shown(), late.event]
    const { id, recorded } = late.event
    expect((await check({ events })).proof).toEqual({
      outcome: 'alarm',
      reason: 'missing',
      entry: { id, recorded },
    })
  })

  it('is missing if it is old, however little of the log is proven', async () => {
    log.size = log.entries.length - 3
    const { id, recorded } = log.entries.at(-3)?.event ?? {}
    expect((await check()).proof).toMatchObject({ reason: 'missing', entry: { id, recorded } })
    log.size = 0
    expect((await check()).proof).toMatchObject({
      reason: 'missing',
      entry: { id: log.entries[0]?.event.id },
    })
  })

  it('is missing if it has no time', async () => {
    log.size = log.entries.push(entryOf(8, 0)) - 1
    const events = shown()
    Object.assign(events[0] ?? {}, { recorded: 'now' })
    expect((await check({ events })).proof).toMatchObject({ reason: 'missing' })
  })
})

describe('the alarm', () => {
  it('names the first entry that was edited', async () => {
    const checkpoint = await firstLook()
    const events = shown()
    for (const at of [2, 6])
      events[at] = JSON.parse(JSON.stringify(events[at]).replace('Dr. Lee', 'Dr. Who')) as Event
    const result = await check({ kept: checkpoint, events })
    expect(result).toEqual({
      proof: {
        outcome: 'alarm',
        reason: 'altered',
        entry: { id: events[6]?.id, recorded: events[6]?.recorded },
        since: now - 1000,
      },
      numbers: new Map(),
    })
  })

  it('is raised by swapped entries', async () => {
    const [a, b] = [log.entries[2]?.event.id ?? '', log.entries[3]?.event.id ?? '']
    const swap = (body: string) => body.replace(a, '@').replace(b, a).replace('@', b)
    log.bend = (path, body) => (path.endsWith('inclusion') ? swap(body) : undefined)
    expect((await check()).proof).toMatchObject({ reason: 'altered', entry: { id: a } })
  })

  it('is raised by each changed part of a proof', async () => {
    const bends: [string, RegExp, string][] = [
      ['index', /"index":3/, '"index":2'],
      ['count', /"count":3/, '"count":4'],
      ['no count', /"count":3,/, ''],
      ['salt', /"salt":"[^"]+"/, `"salt":"${randomBytes(16).toString('base64url')}"`],
      ['no salt', /"salt":"[^"]+",/, ''],
      ['shorter', /"proof":\["[^"]+",/, '"proof":['],
      ['longer', /"proof":\[/, `"proof":["${randomBytes(32).toString('base64')}",`],
    ]
    for (const [name, from, to] of bends) {
      log.bend = (path, body) => (path.endsWith('inclusion') ? body.replace(from, to) : undefined)
      expect((await check()).proof, name).toMatchObject({ outcome: 'alarm', reason: 'altered' })
    }
  })

  it('detects a log that was cut', async () => {
    const checkpoint = await firstLook()
    log.entries = log.entries.slice(0, 8)
    expect((await check({ kept: checkpoint })).proof).toEqual({
      outcome: 'alarm',
      reason: 'shrank',
      since: now - 1000,
    })
    log.entries = []
    expect((await check({ kept: checkpoint })).proof).toMatchObject({ reason: 'shrank' })
  })

  it('detects a log that was rewritten', async () => {
    const checkpoint = await firstLook()
    log.entries[3] = entryOf(3, 397)
    expect((await check({ kept: checkpoint })).proof).toMatchObject({ outcome: 'alarm', reason: 'forked' })
    log.entries.push(entryOf(8, 10))
    expect((await check({ kept: checkpoint })).proof).toMatchObject({ outcome: 'alarm', reason: 'rewritten' })
  })

  it('detects a proof of a different continuation', async () => {
    const checkpoint = await firstLook()
    log.entries.push(entryOf(8, 10))
    log.bend = (path, body) =>
      path.endsWith('consistency') ? JSON.stringify({ ...JSON.parse(body), proof: [] }) : undefined
    expect((await check({ kept: checkpoint })).proof).toMatchObject({ reason: 'rewritten' })
  })

  it('detects a checkpoint of another log', async () => {
    const checkpoint = await firstLook()
    const { root } = { root: log.tree().root(10) }
    const answers: [string, string][] = [
      ['other-origin', log.key.note(10, root, 'other.example/audit')],
      ['other-origin', log.key.note(10, root, 'clinic.example')],
      ['unknown-key', createKey('clinic.example/audit').note(10, root)],
      ['bad-signature', log.key.note(10, root).replace('\n10\n', '\n11\n')],
      ['malformed', log.key.note(10, root).replace('\n10\n', '\nten\n')],
      ['malformed', '<!doctype html>'],
      ['malformed', ''],
    ]
    for (const [reason, note] of answers) {
      log.bend = (path) => (path.endsWith('checkpoint') ? note : undefined)
      expect((await check({ kept: checkpoint })).proof).toEqual({
        outcome: 'alarm',
        reason,
        since: now - 1000,
      })
    }
  })

  it('is raised by a key other than the kept one, even if the log offers it', async () => {
    const checkpoint = await firstLook()
    log.key = createKey('clinic.example/audit')
    expect((await check({ kept: checkpoint })).proof).toMatchObject({ reason: 'unknown-key' })
  })

  it('is raised by a malformed key', async () => {
    for (const key of ['', 'key', createKey('clinic.example/audit').vkey.slice(0, -4)]) {
      log.bend = (path) => (path.endsWith('key') ? key : undefined)
      expect((await check()).proof).toEqual({ outcome: 'alarm', reason: 'malformed' })
    }
  })

  it('keeps nothing', async () => {
    const checkpoint = await firstLook()
    log.entries[3] = entryOf(3, 397)
    expect(await check({ kept: checkpoint })).not.toHaveProperty('keep')
    const events = shown()
    Object.assign(events[0] ?? {}, { outcome: '8' })
    expect(await check({ events })).not.toHaveProperty('keep')
  })
})

describe('F73 a log of all patients', () => {
  it('raises an alarm if dates contradict the order of the tree, but not because of the numbers of several patients', async () => {
    expect((await check()).proof.outcome).toBe('proven')
    const late = entryOf(undefined, 250)
    log.entries.push(late)
    expect((await check()).proof).toMatchObject({ reason: 'misdated', entry: { id: late.event.id } })
  })

  it('may go back in time only if it says that the operator set the clock back', async () => {
    const clock = entryOf(undefined, 250)
    const say = (valueString: string) => {
      Object.assign(clock.event, {
        subtype: [{ system: 'urn:carekey:access-kind', code: 'clock' }],
        entity: [{ detail: [{ type: 'clock', valueString }] }],
      })
      signEntry(log, clock)
    }
    log.entries.push(clock, entryOf(undefined, 249))
    say('clock_accepted')
    expect((await check()).proof.outcome).toBe('proven')
    say('clock_went_back')
    expect((await check()).proof).toMatchObject({ reason: 'misdated', entry: { id: clock.event.id } })
  })

  it('J06 raises an alarm if the key of the log did not sign that the operator set the clock or the log back', async () => {
    const excuses: [code: string, valueString: string][] = [
      ['clock', 'clock_accepted'],
      ['rollback', 'shrank'],
      ['erasure', 'digest'],
    ]
    for (const [code, valueString] of excuses) {
      const excuse = entryOf(undefined, 90)
      Object.assign(excuse.event, {
        subtype: [{ system: 'urn:carekey:access-kind', code }],
        entity: [{ detail: [{ type: 'how', valueString }] }],
      })
      log.entries.push(excuse)
      signEntry(log, excuse)
      expect((await check()).proof.outcome, code).toBe('proven')
      const honest = structuredClone(excuse.event)
      const forge = async (change: (details: { type: string; valueString: string }[]) => void) => {
        excuse.event = structuredClone(honest)
        change((excuse.event.entity as { detail: [] }[])[0]?.detail ?? [])
        expect((await check()).proof, code).toMatchObject({
          reason: 'forged',
          entry: { id: excuse.event.id },
        })
      }
      await forge((details) => details.pop())
      await forge((details) => details.reverse())
      await forge((details) => Object.assign(details.at(-1) ?? {}, { type: 'Signature' }))
      await forge((details) => Object.assign(details[0] ?? {}, { type: 'other' }))
      await forge((details) => details.push(...structuredClone(details.slice(-1))))
      await forge(() => Object.assign(excuse.event, { recorded: minutesAgo(90.5) }))
      await forge(() => Object.assign(excuse.event, { id: randomUUID() }))
      excuse.event = honest
      log.entries.splice(-1, 0, entryOf(undefined, 90))
      expect((await check()).proof, code).toMatchObject({ reason: 'forged' })
      signEntry(log, excuse)
    }
  })

  it('may have entries from clocks that differ by a minute', async () => {
    log.entries.push(entryOf(8, 100.9))
    expect((await check()).proof.outcome).toBe('proven')
    log.entries.push(entryOf(9, 101.1))
    expect((await check()).proof).toMatchObject({ reason: 'misdated' })
  })
})

it('F75 an entry that is larger than any honest one is named as altered', async () => {
  const { event } = log.entries[3] ?? expect.fail()
  event.z = Array(entryLimits.personalTexts + 1).fill('')
  const entry = { id: event.id, recorded: event.recorded }
  expect((await check()).proof).toEqual({ outcome: 'alarm', reason: 'altered', entry })
})

it('F72 a proof that is no longer wanted ends before the entries are hashed', async () => {
  const controller = new AbortController()
  log.signal = controller.signal
  log.bend = (path) => {
    if (path.endsWith('inclusion')) controller.abort(new ProblemError('locked'))
    return undefined
  }
  const digests = countDigests()
  expect((await check()).proof).toEqual({ outcome: 'unchecked', problem: { code: 'locked' } })
  // The key's id is one.
  expect(digests.count()).toBeLessThan(log.entries.length)
})

describe('a malformed answer', () => {
  const inclusions = [
    'null',
    '[]',
    '{"size":10}',
    '{"size":9,"entries":[]}',
    '{"size":10,"entries":{}}',
    '{"size":10,"entries":[null]}',
    '{"size":10,"entries":[{"id":"ffffffff-ffff-4fff-8fff-ffffffffffff","index":0,"proof":[]}]}',
    '{"size":10',
  ]

  it('is named as the reason, wherever the fault is', async () => {
    for (const body of inclusions) {
      log.bend = (path) => (path.endsWith('inclusion') ? body : undefined)
      expect((await check()).proof, body.slice(0, 60)).toEqual({ outcome: 'alarm', reason: 'malformed' })
    }
    const checkpoint = await (async () => {
      log.bend = () => undefined
      return firstLook()
    })()
    log.entries.push(entryOf(8, 10))
    for (const body of ['', '{}', '{"from":10,"to":11,"proof":["AAAA"]}', '{"from":9,"to":11,"proof":[]}']) {
      log.bend = (path) => (path.endsWith('consistency') ? body : undefined)
      expect((await check({ kept: checkpoint })).proof, body).toMatchObject({
        outcome: 'alarm',
        reason: 'malformed',
      })
    }
  })

  it('J07 is named as the reason for a proof in another spelling', async () => {
    let honest = ''
    log.bend = (path, body) => {
      if (path.endsWith('inclusion')) honest = body
      return undefined
    }
    await check()
    // Another order of the members around an entry leaves one reading.
    const others = otherSpellings(honest).filter(({ how }) => how !== 'order')
    for (const { how, text } of fc.sample(others, 100)) {
      log.bend = (path) => (path.endsWith('inclusion') ? text : undefined)
      expect((await check()).proof, how).toEqual({ outcome: 'alarm', reason: 'malformed' })
    }
  })

  it('is named as the reason in each part of an entry', async () => {
    const bends: [RegExp, string][] = [
      [/"index":\d+/, '"index":-1'],
      [/"index":\d+/, '"index":"1"'],
      [/"index":\d+/, '"index":1e300'],
      [/"count":\d+/, '"count":0'],
      [/"count":\d+/, '"count":1.5'],
      [/"salt":"/, '"salt":"A'],
      [/"salt":"[^"]+"/, '"salt":null'],
      [/"proof":\["/, '"proof":["A'],
      [/"proof":\[/, '"proof":[1,'],
      [/"proof":\[/, '"proof":null,"p":['],
    ]
    for (const [from, to] of bends) {
      log.bend = (path, body) => (path.endsWith('inclusion') ? body.replace(from, to) : undefined)
      expect((await check()).proof, to).toEqual({ outcome: 'alarm', reason: 'malformed' })
    }
    log.bend = (path, body) =>
      path.endsWith('inclusion')
        ? body.replace('"entries":[', `"entries":[${JSON.stringify(JSON.parse(body).entries[0])},`)
        : undefined
    expect((await check()).proof, 'twice').toEqual({ outcome: 'alarm', reason: 'malformed' })
  })

  it('is any answer of more than 2 MB, valid or not', async () => {
    const more = ' '.repeat(2 * 1024 * 1024)
    log.bend = (path, body) => (path.endsWith('inclusion') ? `${body}${more}` : undefined)
    expect((await check()).proof).toEqual({ outcome: 'alarm', reason: 'malformed' })
  })

  it('F57 names an entry in a readable and storable form, however long its id and its date are', async () => {
    const shapeless = { resourceType: 'AuditEvent', id: `\u202e1${'x'.repeat(1_000_000)}` }
    const events = [{ ...shapeless, recorded: 'y'.repeat(1_000_000) }, ...shown()]
    const { proof } = await check({ events })
    if (proof.outcome !== 'alarm') throw new Error(proof.outcome)
    expect(proof.entry?.id).toBe(`1${'x'.repeat(498)}`)
    expect(proof.entry?.recorded).toHaveLength(500)
  })

  it('F57 lets an entry wait for its proof if its id has 500 characters at most', async () => {
    const list = shownEvents(ofPatient(log))
    const waiting = Array.from({ length: 100 }, (_, at) => ({
      ...structuredClone(list[0] as Event),
      id: `${at}${'x'.repeat(40_000)}`,
      recorded: minutesAgo(-5),
    }))
    const result = await check({ events: [...waiting, ...list], listing: listingOf() })
    expect(result.proof).toMatchObject({ outcome: 'proven', pending: 100 })
    expect(JSON.stringify(result.listed).length).toBeLessThan(80_000)
    const known = learn(result)
    expect(known.waiting).toHaveLength(100)
    // At the next look it is the same entry, and waits no longer than others.
    const later = now + 11 * 60_000
    const again = await check({
      events: [...waiting, ...list],
      listing: listingOf({ known }),
      now: later,
    })
    expect(again.proof).toMatchObject({ outcome: 'alarm', reason: 'missing' })
  })

  it('may contain an event of any shape', async () => {
    const events = [{}, { id: 1 }, { id: 'x&entry=y', recorded: {} }, { id: null, agent: 'x', entity: [[]] }]
    expect((await check({ events })).proof).toMatchObject({ outcome: 'alarm', reason: 'missing' })
  })
})

describe('a log that cannot be reached', () => {
  it('leaves the list unchecked, with the reason', async () => {
    for (const [status, code] of [
      [404, 'not-found'],
      [403, 'refused'],
      [400, 'bad-request'],
      [429, 'too-busy'],
      [500, 'server-failed'],
    ] as const) {
      log.bend = () => new Response('', { status })
      expect(await check()).toEqual({ proof: { outcome: 'unchecked', problem: { code } } })
    }
    log.fetchPublic = () => Promise.reject(new ProblemError('unreachable', { host: 'clinic.example' }))
    const problem = { code: 'unreachable', details: { host: 'clinic.example' } }
    expect(await check()).toEqual({ proof: { outcome: 'unchecked', problem } })
    log.fetchPublic = () => Promise.reject(new TypeError('of undefined'))
    expect(await check()).toEqual({ proof: { outcome: 'unchecked', problem: { code: 'unexpected' } } })
  })

  it('is asked about a thousand entries at most at once', async () => {
    const events = Array.from({ length: 1001 }, () => entryOf(undefined, 1).event)
    expect((await check({ events })).proof).toMatchObject({ problem: { code: 'too-large' } })
    expect(log.asked).toEqual([])
  })
})
