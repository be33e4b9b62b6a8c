import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import {
  entryOf,
  type LoggingOrganization,
  startLoggingOrganization,
} from '../../fixtures/logging-organization.ts'
import { otherSpellings } from '../../fixtures/other-spellings.ts'
import { type Event, eraseFrom, inOrder, type ReferenceLog } from '../../fixtures/reference-log.ts'
import type { ScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import { clearBrowser, createWorker, readLog, type Worker } from '../../fixtures/worker.ts'

let logging: LoggingOrganization
let organization: ScriptedOrganization
let log: ReferenceLog
let withLog: LoggingOrganization['withLog']
let signIn: LoggingOrganization['signIn']

beforeAll(async () => {
  logging = await startLoggingOrganization()
  ;({ organization, withLog, signIn } = logging)
})
afterAll(() => organization.close())
beforeEach(async () => {
  await clearBrowser()
  logging.begin()
  log = logging.log
})

/** The verdict on each page of the list. */
const proofs = async (worker: Worker, connectionId: string) => {
  const results = []
  let next: string | undefined
  do {
    const page = await readLog(worker, { connectionId, ...(next !== undefined && { next }) })
    results.push(page.proof)
    next = page.next
  } while (next !== undefined)
  return results
}

const alarms = async () => Object.values(await items.knownLogs.get()).flatMap((known) => known.alarms)

/** Each entry with the verdict on its page. */
const entriesOf = async (worker: Worker, connectionId: string) => {
  const { entries, proof } = await readLog(worker, { connectionId })
  return entries.map((entry) => ({ entry, proof }))
}

describe('who read my record', () => {
  it('is proven on every page, from the first look on', async () => {
    const { worker, connectionId } = await signIn(withLog())
    const [first, second, third] = await proofs(worker, connectionId)
    expect(first).toEqual({ outcome: 'complete', at: expect.any(Number), proven: 2, pending: 0 })
    for (const later of [second, third])
      expect(later).toMatchObject({ outcome: 'complete', since: expect.any(Number) })
  })

  it('requests checkpoint and key without a token, and proofs of entries with it', async () => {
    const { worker, connectionId } = await signIn(withLog())
    await readLog(worker, { connectionId })
    log.entries.push(entryOf(6))
    await readLog(worker, { connectionId })
    const requests = organization.requests.filter(({ path }) => path.startsWith('/audit'))
    expect(requests).toEqual([
      { path: '/audit/key', authorization: undefined },
      { path: '/audit/checkpoint', authorization: undefined },
      { path: '/audit/proof/inclusion', authorization: 'Bearer access' },
      { path: '/audit/checkpoint', authorization: undefined },
      { path: '/audit/proof/consistency', authorization: undefined },
      { path: '/audit/proof/inclusion', authorization: 'Bearer access' },
    ])
  })

  it('keeps the newest checkpoint by provider, and nothing of the entries', async () => {
    const { worker, provider, connectionId } = await signIn(withLog())
    await readLog(worker, { connectionId })
    const storedItem = await items.checkpoints.get()
    expect(storedItem).toEqual({
      [provider.id]: {
        key: log.key.vkey,
        note: log.key.note(5, log.tree().root(5)),
        keptAt: expect.any(Number),
      },
    })
    log.entries.push(entryOf(6))
    await readLog(worker, { connectionId })
    expect((await items.checkpoints.get())[provider.id]?.note).toContain('/audit\n6\n')
  })

  it('raises an alarm after the log was cut, edited or rewritten, and the alarm stays', async () => {
    const { worker, provider, connectionId } = await signIn(withLog())
    await readLog(worker, { connectionId })
    const storedItem = (await items.checkpoints.get())[provider.id]
    const whole = log.entries
    const sound = log.tree()

    log.entries = whole.slice(0, 4)
    for (let time = 0; time < 2; time++)
      expect((await proofs(worker, connectionId))[0]).toMatchObject({ outcome: 'alarm', reason: 'shrank' })

    const edited = structuredClone(whole[3]?.event) as Event
    edited.agent = [{ who: { display: 'Nobody' }, requestor: true }]
    log.entries = whole.map((entry, at) =>
      at === 3 ? { ...entry, event: edited, salt: Buffer.from(entry.salt ?? []) } : entry,
    )
    expect((await proofs(worker, connectionId))[0]).toMatchObject({ outcome: 'alarm', reason: 'forked' })
    // The tree is unchanged, and its entry differs from the one that is shown.
    log.tree = () => sound
    expect((await proofs(worker, connectionId))[0]).toMatchObject({
      reason: 'altered',
      entry: { id: edited.id, recorded: edited.recorded },
    })
    expect((await items.checkpoints.get())[provider.id]?.note).toEqual(storedItem?.note)
  })

  it('J07 raises an alarm over an entry in another spelling', async () => {
    const { worker, connectionId } = await signIn(withLog())
    const { fhir } = organization.script
    const event = log.entries[2]?.event ?? expect.fail()
    const json = JSON.stringify(inOrder(event))
    // A space before or after the entry belongs to the Bundle.
    const spellings = otherSpellings(json).filter(({ text }) => text.trim() !== json)
    for (const { how, text } of fc.sample(spellings, 40)) {
      organization.script.fhir = (request, response) => {
        const end = response.end.bind(response)
        response.end = ((body: string) => end(body.replace(json, () => text))) as typeof response.end
        return fhir?.(request, response)
      }
      const alarm = { outcome: 'alarm', reason: 'altered', entry: { id: event.id, recorded: event.recorded } }
      expect(await proofs(worker, connectionId), `${how} ${text}`).toMatchObject([{}, alarm, {}])
    }
  })

  it('keeps an alarm for the toolbar until the whole list is valid again; its first page, and signing out, do not change it', async () => {
    const { worker, connectionId } = await signIn(withLog())
    await proofs(worker, connectionId)
    expect(await alarms()).toEqual([])
    const whole = log.entries
    log.entries = whole.slice(0, 4)
    await readLog(worker, { connectionId })
    expect(await alarms()).toEqual([''])
    await worker.signOut(connectionId)
    expect(await alarms()).toEqual([''])

    log.entries = whole
    const again = await signIn(withLog(), worker)
    await readLog(worker, { connectionId: again.connectionId })
    expect(await alarms()).toEqual([''])
    await proofs(worker, again.connectionId)
    expect(await alarms()).toEqual([])

    log.entries = whole.slice(0, 4)
    await readLog(worker, { connectionId: again.connectionId })
    await worker.removeConnection(again.connectionId)
    expect(await alarms()).toEqual([])
  })

  it('raises an alarm if an entry is missing, on a page or between two', async () => {
    for (const left of [4, 3, 2, 1]) {
      await clearBrowser()
      const { worker, connectionId } = await signIn(withLog({}, [left]))
      const result = await proofs(worker, connectionId)
      expect(
        result.filter(({ outcome }) => outcome === 'alarm'),
        `${left}`,
      ).toEqual([expect.objectContaining({ reason: 'gap' })])
    }
  })

  it('may leave out entries if the scope covers only a part of the log', async () => {
    const part = { scope: 'openid patient/AuditEvent.rs?date=ge2026-01-01' }
    const { worker, connectionId } = await signIn(withLog({ tokens: part }, [3]))
    for (const proof of await proofs(worker, connectionId))
      expect(proof).toMatchObject({ outcome: 'genuine', why: 'scope' })
  })

  it('F30 shows an erased entry as that of an unnamed person, with the time of its erasure', async () => {
    const id = log.entries[4]?.event.id ?? ''
    const at = new Date(Date.now() - 60_000).toISOString()
    eraseFrom(log, [4], { recorded: at })
    // The erasure itself is about no patient, so it is in no patient's list.
    const { worker, connectionId } = await signIn(withLog({}, [0]))
    const [erased] = await entriesOf(worker, connectionId)
    expect(erased?.entry).toMatchObject({ id, who: '', erased: true })
    expect(erased?.entry).not.toHaveProperty('patient')
    expect(erased?.proof).toMatchObject({ outcome: 'complete', erased: { [id]: { at } } })
  })

  it('F73 remembers the places of entries between looks, and forgets them with the connection', async () => {
    const { worker, connectionId } = await signIn(withLog())
    await proofs(worker, connectionId)
    const places = log.entries.map(({ event }, index) => [index + 1, index, Date.parse(event.recorded)])
    expect(await items.knownLogs.get()).toMatchObject({
      [connectionId]: { places: places.toReversed(), waiting: [], readThrough: 5 },
    })

    // The newest entry is replaced by one that is appended with its number and date.
    const shownEntry = log.entries[4]
    log.entries.push({
      ...entryOf(5),
      event: { ...entryOf(5).event, recorded: shownEntry?.event.recorded ?? '' },
    })
    const whole = log.entries
    log.entries = whole.map((entry) => (entry === shownEntry ? { ...entry, count: 5, hidden: true } : entry))
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({
      outcome: 'alarm',
      reason: 'reordered',
      entry: { id: whole.at(-1)?.event.id },
    })
    await worker.removeConnection(connectionId)
    expect(await items.knownLogs.get()).toEqual({})
  })

  it('F73 raises no alarm after two concurrent looks, even if one of them saw more', async () => {
    const { worker, connectionId } = await signIn(withLog())
    await readLog(worker, { connectionId })
    const { fhir } = organization.script
    const [arrival, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    organization.script.fhir = async (request, response) => {
      if (!request.url?.startsWith('/fhir/AuditEvent')) return fhir?.(request, response)
      // The first look gets an answer from before the second one.
      const entry = log.entries.slice(3, 5).map(({ event }) => ({ resource: inOrder(event) }))
      const body = JSON.stringify({ resourceType: 'Bundle', entry: entry.toReversed() })
      organization.script.fhir = fhir ?? (() => undefined)
      arrival.resolve()
      await late.promise
      response
        .setHeader('content-type', 'application/fhir+json')
        .end(
          body.replace(
            '"entry"',
            `"link":[{"relation":"next","url":"${organization.url}/fhir/AuditEvent?start=2"}],"entry"`,
          ),
        )
    }
    const early = readLog(worker, { connectionId })
    await arrival.promise
    log.entries.push(entryOf(6))
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ outcome: 'complete' })
    late.resolve()
    expect((await early).proof).toMatchObject({ outcome: 'complete', proven: 2 })
  })

  it('is reported to be without proof if the organization offers none', async () => {
    const { worker, connectionId } = await signIn(withLog({ configuration: {} }))
    for (const proof of await proofs(worker, connectionId)) expect(proof).toEqual({ outcome: 'unprovable' })
    expect(organization.requests.filter(({ path }) => path.startsWith('/audit'))).toEqual([])
  })

  it('raises an alarm if proofs were offered before', async () => {
    const { worker, connectionId } = await signIn(withLog())
    await readLog(worker, { connectionId })
    await signIn(withLog({ configuration: {} }), worker)
    expect((await proofs(worker, connectionId))[0]).toEqual({
      outcome: 'alarm',
      reason: 'withdrawn',
      since: expect.any(Number),
    })
  })

  it('is shown, unchecked, while the proofs cannot be fetched', async () => {
    const { worker, connectionId } = await signIn(withLog())
    log.fetch = () => Promise.resolve(new Response('<html>'))
    const page = await readLog(worker, { connectionId })
    expect(page.entries).toHaveLength(2)
    expect(page.proof).toEqual({ outcome: 'alarm', reason: 'malformed' })
    const answers = organization.script.fhir
    organization.script.fhir = (request, response) => {
      if (request.url?.startsWith('/fhir')) answers?.(request, response)
      else response.writeHead(500).end()
    }
    const later = await readLog(worker, { connectionId })
    expect(later.entries).toHaveLength(2)
    expect(later.proof).toEqual({ outcome: 'unchecked', problem: { code: 'server-failed' } })
  })

  it('is shown before its proofs arrive; a late verdict counts when it comes', async () => {
    const { worker, provider, connectionId } = await signIn(
      withLog(),
      createWorker(undefined, { patience: 0 }),
    )
    const hold = Promise.withResolvers<void>()
    const answers = organization.script.fhir
    organization.script.fhir = async (request, response) => {
      if (request.url?.startsWith('/audit/')) await hold.promise
      answers?.(request, response)
    }
    const page = await worker.answers['access-log']({ connectionId })
    expect(page.entries).toHaveLength(2)
    expect(await worker.answers['access-log-verdict'](page)).toEqual({
      proof: { outcome: 'unchecked', problem: { code: 'too-slow' } },
    })
    expect(await items.checkpoints.get()).toEqual({})
    hold.resolve()
    await expect.poll(async () => (await items.checkpoints.get())[provider.id]?.note).toContain('/audit\n5\n')
  })

  it('is unchecked if the worker ended before the verdict, until it is checked again', async () => {
    const { worker, connectionId } = await signIn(withLog())
    const page = await worker.answers['access-log']({ connectionId })
    expect(await createWorker().answers['access-log-verdict'](page)).toEqual({
      proof: { outcome: 'unchecked', problem: { code: 'check-interrupted' } },
    })
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ outcome: 'complete' })
  })

  it('keeps the larger log after two concurrent looks', async () => {
    const { worker, provider, connectionId } = await signIn(withLog())
    const looks = Array.from({ length: 4 }, () => readLog(worker, { connectionId }))
    for (const { proof } of await Promise.all(looks)) expect(proof).toMatchObject({ outcome: 'complete' })
    expect((await items.checkpoints.get())[provider.id]?.note).toContain('/audit\n5\n')
  })
})

describe('the address of the proofs', () => {
  it('must be on the issuer’s own origin, or nobody is signed in', async () => {
    for (const [address, code] of [
      ['https://other.test/audit', 'foreign-endpoint'],
      ['http://other.test/audit', 'insecure-address'],
      ['https://10.0.0.1/audit', 'private-address'],
      [`${organization.url}/audit?to=elsewhere`, 'foreign-endpoint'],
    ]) {
      await clearBrowser()
      const signingIn = signIn(withLog({ configuration: { access_log_endpoint: address } }))
      await expect(signingIn, address).rejects.toMatchObject({ code })
      expect(await items.sessions.get()).toEqual({})
    }
  })
})

describe('the stored part of a log', () => {
  const checkpoints = async () => Object.keys(await items.checkpoints.get())

  it('outlasts signing out, and is deleted with the last connection', async () => {
    const { worker, provider, connectionId } = await signIn(withLog())
    const other = await signIn(withLog({ claims: { sub: 'jane' } }), worker)
    await readLog(worker, { connectionId })
    await worker.signOut(connectionId)
    await worker.removeConnection(connectionId)
    expect(await checkpoints()).toEqual([provider.id])
    await worker.removeConnection(other.connectionId)
    expect(await checkpoints()).toEqual([])
  })

  it('is deleted when the provider becomes another organization, and stays when its name changes', async () => {
    const { worker, provider, connectionId } = await signIn(withLog())
    await readLog(worker, { connectionId })
    await worker.providers.save({ ...provider, name: 'Renamed' })
    expect(await checkpoints()).toEqual([provider.id])
    await worker.providers.save({ ...provider, fhirBase: 'https://other.test/fhir' })
    expect(await checkpoints()).toEqual([])
  })
})
