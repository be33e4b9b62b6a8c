import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lookAtLogs, setLookAlarm, watchLogs } from '../../../extension/access-log/watch/log-watch.ts'
import { paintBadge } from '../../../extension/background/badge.ts'
import type { Connection, Provider } from '../../../extension/messages/state.ts'
import { items } from '../../../extension/storage/items.ts'
import { alarmsSet, fakeBrowser, shownOnToolbar } from '../../fakes/browser.ts'
import {
  entryOf,
  type LoggingOrganization,
  startLoggingOrganization,
} from '../../fixtures/logging-organization.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import type { ReferenceEntry, ReferenceLog } from '../../fixtures/reference-log.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  lookNow,
  makeDue,
  readLog,
  readOn,
  restartBrowser,
  signInAs,
  type Worker,
  wereOnScreen,
} from '../../fixtures/worker.ts'

const HOUR = 3_600_000

const toolbar = async () => {
  // The remaining time takes precedence over the count.
  await items.sessions.update((all) =>
    Object.fromEntries(
      Object.entries(all).map(([id, session]) => [id, { ...session, endsAt: Date.now() + 9 * HOUR }]),
    ),
  )
  await paintBadge(async () => 'Riverside Clinic', false)
  return shownOnToolbar
}

beforeEach(async () => {
  await clearBrowser()
  alarmsSet.clear()
  fakeBrowser.alarms.onAlarm.listeners.clear()
})

describe('new accesses at a real organization', () => {
  let organization: TestOrganization
  let worker: Worker
  let connection: Connection

  beforeEach(async () => {
    // Of its own for each test, because sign-ins within a minute cannot be told apart.
    organization = await startOrganization({ demo: 'riverside' })
    worker = createWorker()
    connection = await signInAs(worker, await configure(worker, organization.url), { username: 'john' })
    return () => organization.close()
  })

  const readVitals = () =>
    worker.answers.vitals({ connectionId: connection.id, patient: connection.patient?.id ?? '' })

  /** Reads in another browser, of which this one knows nothing. */
  const inAnotherBrowser = async (work: () => Promise<unknown>) => {
    const [local, session] = [await fakeBrowser.storage.local.get(), await fakeBrowser.storage.session.get()]
    await work()
    await clearBrowser()
    await fakeBrowser.storage.local.set(local)
    await fakeBrowser.storage.session.set(session)
  }

  const readBy = (username: string, times = 1) =>
    inAnotherBrowser(async () => {
      await clearBrowser()
      const another = createWorker()
      const { id } = await signInAs(another, await configure(another, organization.url), { username })
      for (let time = 0; time < times; time++)
        await another.answers.vitals({ connectionId: id, patient: connection.patient?.id ?? '' })
    })

  const counted = async () => (await worker.state()).connections[0]?.newAccesses

  it('are counted without any page, and own reads are not among them', async () => {
    await readVitals()
    await lookNow(worker)
    expect(await counted()).toBeUndefined()
    await readBy('lee', 2)
    await readVitals()
    await lookNow(worker)
    // Dr. Lee reads the patient, and the patient's observations.
    const { count = 0 } = (await counted()) ?? {}
    const { entries } = await readLog(worker, { connectionId: connection.id })
    expect(count).toBe(entries.filter(({ who }) => who !== 'John Doe').length)
    expect(count).toBeGreaterThan(1)
    expect(await toolbar()).toMatchObject({
      text: String(count),
      title: `Carekey\n${count} new accesses to your record at Riverside Clinic`,
    })
  })

  it('leave out reads by the same person in another browser or on the organization’s own pages', async () => {
    await readVitals()
    await readBy('john')
    const agent = createUserAgent(organization.url)
    await agent.submit(await agent.open('/login'), { username: 'john', password: 'john-demo' })
    await agent.open('/account/log')
    const { entries, newIds = [] } = await readLog(worker, { connectionId: connection.id })
    const elsewhere = entries.filter(({ by }) => by === 'elsewhere')
    const ownPages = elsewhere.find(({ application }) => application === 'Riverside Clinic')
    expect(ownPages).toMatchObject({ kind: 'search', what: `AuditEvent?patient=${connection.patient?.id}` })
    expect(elsewhere.filter(({ application }) => application === 'Carekey').length).toBeGreaterThan(0)
    const fresh = entries.filter(({ id }) => newIds.includes(id))
    // J54: of two sign-ins at one time, nobody can tell which was in this browser.
    expect(new Set(fresh.map(({ kind }) => kind))).toEqual(new Set(['sign-in', 'consent', 'token']))
    await lookNow(worker)
    expect(await counted()).toEqual({ count: fresh.length, more: false })
  })

  it('include those of other people who use this browser, through the same application', async () => {
    const { providers } = await worker.state()
    const provider = providers.find(({ id }) => id === connection.providerId) as Provider
    const patient = connection.patient?.id ?? ''
    const { id } = await signInAs(worker, provider, { username: 'lee' })
    await worker.answers.vitals({ connectionId: id, patient })
    const administrator = await signInAs(worker, provider, { username: 'admin' }, 'administer')
    await readLog(worker, { connectionId: administrator.id, filter: { patient } })
    await lookNow(worker)
    const own = (await worker.state()).connections.find((each) => each.id === connection.id)
    const fresh = (await readLog(worker, { connectionId: connection.id })).entries.filter(
      ({ isNew }) => isNew,
    )
    expect(own?.newAccesses?.count).toBe(fresh.length)
    expect(new Set(fresh.map(({ who, by }) => `${who}: ${by}`))).toEqual(
      new Set(['Dr. Morgan Lee: others', 'Riverside administrator: others']),
    )
    // Each has one key, so that the popup can fold the reads of one visit.
    expect(new Set(fresh.map(({ who, agentKey }) => `${who} ${agentKey}`)).size).toBe(2)
    expect(fresh.every(({ agentKey }) => agentKey !== undefined)).toBe(true)
  })

  it('are cleared once the list was on screen, except those that came after the list was read', async () => {
    await readBy('lee')
    const page = await readLog(worker, { connectionId: connection.id })
    expect(await counted()).toBeDefined()
    await readBy('lee')
    await lookNow(worker)
    const both = (await counted())?.count ?? 0
    await wereOnScreen(worker, connection.id, [page])
    const count = (await counted())?.count ?? 0
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(both)
    await wereOnScreen(worker, connection.id, await readOn(worker, connection.id))
    expect(await counted()).toBeUndefined()
    expect(await toolbar()).toMatchObject({ text: '', title: 'Carekey' })
  })

  it('stay counted when the person signs out, until the connection is removed', async () => {
    await readBy('lee')
    await lookNow(worker)
    const before = await counted()
    expect(before).toBeDefined()
    await worker.signOut(connection.id)
    expect(await counted()).toEqual(before)
    await worker.removeConnection(connection.id)
    expect(await toolbar()).toMatchObject({ text: '', title: 'Carekey' })
  })
})

describe('F71 new accesses at a hostile organization', () => {
  let logging: LoggingOrganization
  let worker: Worker
  let connectionId: string

  beforeAll(async () => {
    logging = await startLoggingOrganization()
  })
  afterAll(() => logging.organization.close())
  beforeEach(async () => {
    logging.begin()
    logging.log.entries = []
    ;({ worker, connectionId } = await logging.signIn(logging.withLog({ configuration: {} })))
    await readLog(worker, { connectionId })
  })

  /** Dr. Lee reads the patient this many minutes from now. */
  const access = (minutes: number, code = 'search'): string => {
    const entry = entryOf(logging.log.entries.length + 1)
    Object.assign(entry.event, {
      recorded: new Date(Date.now() + minutes * 60_000).toISOString(),
      subtype: [{ code }],
    })
    logging.log.entries.push(entry)
    return entry.event.id
  }
  const count = async () => (await worker.state()).connections[0]?.newAccesses
  const markSeen = (ids: string[], upTo?: string) =>
    worker.answers['access-log-seen']({ connectionId, ids, ...(upTo !== undefined && { upTo }) })

  it('count until each has been on screen', async () => {
    const [first, second] = [access(0.1), access(0.2)]
    await lookNow(worker)
    expect(await count()).toEqual({ count: 2, more: false })
    await markSeen([second])
    expect(await count()).toEqual({ count: 1, more: false })
    await lookNow(worker)
    expect(await count()).toEqual({ count: 1, more: false })
    await markSeen([first])
    await lookNow(worker)
    expect(await count()).toBeUndefined()
  })

  it('are counted beyond the first page, even if all of that page were on screen', async () => {
    const ids = [access(0.1), access(0.2), access(0.3)]
    await lookNow(worker)
    expect(await count()).toEqual({ count: 3, more: false })
    await markSeen(ids.slice(1), new Date(Date.now() + 60_000).toISOString())
    expect(await count()).toEqual({ count: 1, more: false })
    await markSeen(ids)
    expect(await count()).toBeUndefined()
  })

  it('are kept up to 200, and more are counted until all of them were on screen', async () => {
    logging.pageSize = 50
    const ids = Array.from({ length: 210 }, (_, at) => access(0.1 + at / 1000))
    await lookNow(worker)
    expect(await count()).toEqual({ count: 200, more: true })
    await markSeen(ids)
    expect(await count()).toEqual({ count: 1, more: true })
    const pages = await readOn(worker, connectionId)
    expect(pages.at(-1)?.isRead).toBe(true)
    await wereOnScreen(worker, connectionId, pages)
    expect(await count()).toBeUndefined()
  })

  it('stay counted when later entries push them off the page that is read, until they were on screen', async () => {
    const first = access(0.1)
    await lookNow(worker)
    for (const minutes of [0.2, 0.3]) access(minutes, '110122')
    await lookNow(worker)
    expect(await count()).toEqual({ count: 1, more: false })
    access(0.4, '110122')
    access(0.5)
    await lookNow(worker)
    expect(await count()).toEqual({ count: 2, more: false })
    await markSeen([first])
    expect(await count()).toEqual({ count: 1, more: false })
    await lookNow(worker)
    expect(await count()).toEqual({ count: 1, more: false })
  })

  it('that are dated 2099 hide no earlier ones', async () => {
    const future = access(60 * 24 * 365 * 73)
    await lookNow(worker)
    expect(await count()).toEqual({ count: 1, more: false })
    await markSeen([future], logging.log.entries[0]?.event.recorded)
    expect(await count()).toBeUndefined()
    await lookNow(worker)
    expect(await count()).toBeUndefined()
    const next = access(0.1)
    await lookNow(worker)
    expect((await items.knownLogs.get())[connectionId]?.fresh).toMatchObject([{ id: next }])
  })

  it('stay new through another sign-in, if the list was never on screen', async () => {
    access(0.001)
    // The organization tells the time of a sign-in in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await worker.signOut(connectionId)
    await logging.signIn(logging.withLog({ configuration: {} }), worker)
    await lookNow(worker)
    expect(await count()).toEqual({ count: 1, more: false })
  })

  it('are read up to 120 pages, and the list says that there is more', async () => {
    const { url } = logging.organization
    let requestCount = 0
    logging.organization.script.fhir = (_request, response) => {
      requestCount++
      response.setHeader('content-type', 'application/fhir+json')
      const next = `${url}/fhir/AuditEvent?page=${requestCount}`
      response.end(JSON.stringify({ resourceType: 'Bundle', link: [{ relation: 'next', url: next }] }))
    }
    const pages = await readOn(worker, connectionId)
    expect(requestCount).toBe(120)
    expect(pages.at(-1)).toMatchObject({ next: expect.any(String) })
    expect(pages.at(-1)).not.toHaveProperty('isRead')
  })

  it('are read up to the thousandth entry of a page', async () => {
    const entry = Array.from({ length: 1200 }, () => ({ resource: entryOf(1).event }))
    logging.organization.script.fhir = (_request, response) => {
      response.setHeader('content-type', 'application/fhir+json')
      response.end(JSON.stringify({ resourceType: 'Bundle', entry }))
    }
    const page = await readLog(worker, { connectionId })
    expect(page.entries).toHaveLength(1000)
    expect(page.warning).toEqual({ code: 'list-too-long' })
  })
})

describe('the watch', () => {
  let logging: LoggingOrganization

  beforeAll(async () => {
    logging = await startLoggingOrganization()
  })
  afterAll(() => logging.organization.close())
  beforeEach(() => logging.begin())

  const looks = () => logging.organization.requestsTo('/fhir/AuditEvent')
  const lookAlarm = () => (alarmsSet.get('look-at-logs') ?? 0) - Date.now()

  it('looks a minute after the start, then every six hours, and not while nobody is signed in', async () => {
    const { worker, connectionId } = await logging.signIn(logging.withLog())
    await setLookAlarm(worker.sessions)
    expect(lookAlarm()).toBeGreaterThan(0)
    expect(lookAlarm()).toBeLessThanOrEqual(60_000)
    await lookAtLogs(worker.sessions)
    expect(looks()).toBe(0)

    await lookNow(worker)
    expect(looks()).toBe(1)
    expect(lookAlarm()).toBeGreaterThan(5.9 * HOUR)
    // The schedule stays, however often the worker starts.
    const planned = alarmsSet.get('look-at-logs')
    await setLookAlarm(worker.sessions)
    expect(alarmsSet.get('look-at-logs')).toBe(planned)

    await worker.signOut(connectionId)
    await setLookAlarm(worker.sessions)
    expect(alarmsSet.has('look-at-logs')).toBe(false)
    await lookAtLogs(worker.sessions)
    expect(looks()).toBe(1)
  })

  it('does not look again soon after a look', async () => {
    const { worker, connectionId } = await logging.signIn(logging.withLog())
    await setLookAlarm(worker.sessions)
    await makeDue()
    await readLog(worker, { connectionId })
    await lookAtLogs(worker.sessions)
    expect(looks()).toBe(1)
    expect(lookAlarm()).toBeGreaterThan(5.9 * HOUR)
  })

  it('looks in a minute at a list that a page began to read and was closed, and only once', async () => {
    const { worker, connectionId } = await logging.signIn(logging.withLog())
    await readOn(worker, connectionId)
    for (let entry = 0; entry < 4; entry++) logging.add('John Doe')
    await readLog(worker, { connectionId })
    expect(lookAlarm()).toBeLessThanOrEqual(60_000)
    expect(lookAlarm()).toBeGreaterThan(0)
    expect((await toolbar()).text).toBe('+')

    await lookNow(worker)
    expect((await toolbar()).text).toBe('')
    expect(lookAlarm()).toBeGreaterThan(5.9 * HOUR)
    await readOn(worker, connectionId)
    expect(Object.values(await items.nextLooks.get())[0]).toBeGreaterThan(Date.now() + 5.9 * HOUR)
  })

  it('looks when its own alarm goes off, and at no other', async () => {
    const { worker } = await logging.signIn(logging.withLog())
    watchLogs(worker.sessions, worker.lock)
    await setLookAlarm(worker.sessions)
    await makeDue()
    const goOff = (name: string) =>
      Promise.all([...fakeBrowser.alarms.onAlarm.listeners].map((listener) => listener({ name })))
    await goOff('badge')
    expect(looks()).toBe(0)
    await goOff('look-at-logs')
    expect(looks()).toBe(1)
  })

  it('looks once when two alarms go off together', async () => {
    const { worker } = await logging.signIn(logging.withLog())
    await setLookAlarm(worker.sessions)
    await makeDue()
    await Promise.all([lookAtLogs(worker.sessions), lookAtLogs(createWorker().sessions)])
    expect(looks()).toBe(1)
  })

  it('tries again in an hour, quietly, if nothing could be read or proven', async () => {
    const { worker, connectionId } = await logging.signIn(logging.withLog())
    const answers = logging.organization.script.fhir
    for (const broken of ['/fhir/AuditEvent', '/audit/checkpoint']) {
      logging.organization.script.fhir = (request, response) => {
        if (request.url?.startsWith(broken)) response.writeHead(500).end()
        else answers?.(request, response)
      }
      await lookNow(worker)
      expect(lookAlarm()).toBeLessThanOrEqual(HOUR)
      expect(lookAlarm()).toBeGreaterThan(0.9 * HOUR)
      expect(await toolbar()).toMatchObject({ text: '', title: 'Carekey' })
      expect((await worker.sessions.find(connectionId))?.patient?.id).toBe('p')
    }
  })

  it('is tried again by the next worker if its own was ended', async () => {
    const { worker } = await logging.signIn(logging.withLog())
    const arrival = Promise.withResolvers<void>()
    const answers = logging.organization.script.fhir
    logging.organization.script.fhir = () => arrival.resolve()
    await setLookAlarm(worker.sessions)
    await makeDue()
    const killed = lookAtLogs(worker.sessions)
    await arrival.promise
    expect(Object.values(await items.nextLooks.get())[0]).toBeGreaterThan(Date.now())
    logging.organization.script.fhir = answers ?? (() => undefined)
    await setLookAlarm(createWorker().sessions)
    expect(lookAlarm()).toBeLessThanOrEqual(HOUR)
    expect(lookAlarm()).toBeGreaterThan(0)
    logging.organization.hangUp()
    await killed
  })

  it('F74 schedules the next look before an organization keeps the worker waiting, and reads other logs as usual', async () => {
    const slow = await logging.signIn(logging.withLog())
    const other = await startLoggingOrganization()
    other.begin()
    const provider = await configure(slow.worker, other.organization.url)
    const { connectionId } = await other.signIn(other.withLog(), slow.worker, provider)
    const arrival = Promise.withResolvers<void>()
    logging.organization.script.fhir = (_request, response) => {
      response.writeHead(503, { 'retry-after': '60' }).end()
      arrival.resolve()
    }
    await setLookAlarm(slow.worker.sessions)
    await makeDue()
    alarmsSet.clear()
    const first = lookAtLogs(slow.worker.sessions)
    await arrival.promise
    // The worker may end here, because the alarm is already set.
    expect(lookAlarm()).toBeGreaterThan(0.9 * HOUR)
    const looksThere = () => other.organization.requestsTo('/fhir/AuditEvent')
    await expect
      .poll(async () => (await items.nextLooks.get())[connectionId])
      .toBeGreaterThan(Date.now() + 5 * HOUR)
    expect(looksThere()).toBe(1)
    // Another look finishes while the first still waits.
    await items.nextLooks.update((all) => ({ ...all, [connectionId]: Date.now() - 1 }))
    await lookAtLogs(slow.worker.sessions)
    expect(looksThere()).toBe(2)
    expect(lookAlarm()).toBeLessThanOrEqual(HOUR)
    await other.organization.close()
    void first
  })

  const renamed = ({ event, ...entry }: ReferenceEntry): ReferenceEntry => ({
    ...entry,
    event: { ...event, agent: [{ who: { display: 'Nobody' } }] },
  })
  const attacks: Record<string, (log: ReferenceLog) => void> = {
    cut: (log) => log.entries.pop(),
    edited: (log) => {
      const sound = log.tree()
      log.entries.push(...log.entries.splice(-1).map(renamed))
      log.tree = () => sound
    },
    forked: (log) => {
      log.entries = log.entries.map(renamed)
    },
  }

  it.each(Object.keys(attacks))(
    'finds that a log was %s, and the alarm survives the browser',
    async (attack) => {
      const { worker, connectionId } = await logging.signIn(logging.withLog())
      await lookNow(worker)
      expect(await toolbar()).toMatchObject({ text: '' })
      attacks[attack]?.(logging.log)
      await lookNow(worker)
      const message = { text: '!', title: expect.stringContaining('Riverside Clinic failed its check') }
      expect(await toolbar()).toMatchObject(message)
      await restartBrowser()
      expect(await toolbar()).toMatchObject(message)
      expect((await worker.state()).connections).toMatchObject([{ id: connectionId, logAlarm: true }])
      await worker.removeConnection(connectionId)
      expect(await items.knownLogs.get()).toEqual({})
      expect(await toolbar()).toMatchObject({ text: '' })
    },
  )
})
