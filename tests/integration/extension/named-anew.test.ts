import { randomBytes, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { journalOf } from '../../../extension/access-log/own/own-requests.ts'
import { lookAtLogs, setLookAlarm } from '../../../extension/access-log/watch/log-watch.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { accessBy, bundleOf } from '../../fixtures/logging-organization.ts'
import type { ReferenceEntry } from '../../fixtures/reference-log.ts'
import type { Script } from '../../fixtures/scripted-organization.ts'
import { PART, WHOLE, watchLog } from '../../fixtures/watched-log.ts'
import { createWorker, readLog } from '../../fixtures/worker.ts'

const watched = watchLog()
const { signIn, signInAgain, pass, add, signAll, look, readAll, seeAll, connection, badge } = watched

const push = (change: (event: ReferenceEntry['event']) => object, minutes = 0): string => {
  const { entries } = watched.logging.log
  const entry = accessBy('John Doe', entries.length + 1, minutes)
  const event = { ...entry.event, ...change(entry.event) }
  entries.push({ ...entry, event })
  return event.id
}
const addLee = (minutes = 0): string =>
  push(
    () => ({ agent: [{ who: { display: 'Dr. Lee', reference: 'Practitioner/lee' }, requestor: true }] }),
    minutes,
  )
/** Who else reads through this browser. */
let reader: string | undefined
afterEach(() => {
  reader = undefined
})
/** The entry names its request. */
const naming =
  (id: string) =>
  ({ entity, agent }: ReferenceEntry['event']) => ({
    ...(reader !== undefined && {
      agent: [(agent as object[])[0], { who: { display: 'Dr. Lee', reference: reader }, requestor: true }],
    }),
    entity: [entity, { type: { code: 'XrequestId' }, what: { identifier: { value: id } } }].flat(),
  })
const signOut = () => items.sessions.update(() => ({}))

describe('J50 a later sign-in', () => {
  it('that names whoever read the record as the person takes no announcement back', async () => {
    await signIn()
    await seeAll()
    pass(10)
    addLee()
    signAll()
    await look()
    const { connectionId } = watched
    await signInAgain({ fhirUser: 'Practitioner/lee' })
    expect(watched.connectionId).toBe(connectionId)
    pass(10)
    addLee()
    signAll()
    await look()
    expect((await badge()).text).toBe('2')
  })

  it('with another name for the person and another role is watched on', async () => {
    await signIn()
    await seeAll()
    pass(10)
    addLee()
    signAll()
    await signOut()
    await signInAgain({ sub: 'john-2', fhirUser: 'Practitioner/lee' })
    await look()
    pass(10)
    addLee()
    signAll()
    await look()
    expect((await connection())?.person.role).toBe('clinician')
    expect((await badge()).text).toBe('2')
  })

  it.each([
    ['the same', {}],
    ['another', { sub: 'john-2' }],
  ])('with %s name for the person goes on with what is known of the log', async (_which, claims) => {
    await signIn()
    add('John Doe', 0.5)
    signAll()
    pass(0.6)
    await seeAll()
    pass(0.2)
    // Its date is before what was on screen.
    addLee(-0.7)
    pass(1)
    add('John Doe')
    signAll()
    await look()
    expect((await badge()).text).toBe('1')
    await signOut()
    await signInAgain(claims)
    await look()
    expect((await badge()).text).toBe('1')
    // What came after the access is appended again, under the same number, without it.
    const { entries } = watched.logging.log
    const [lee, john] = entries.slice(-2)
    if (!lee || !john) throw new Error('The log is empty.')
    lee.hidden = john.hidden = true
    entries.push({
      event: { ...john.event, id: randomUUID() },
      salt: randomBytes(16),
      ...(lee.count !== undefined && { count: lee.count }),
    })
    signAll()
    pass(10)
    await signOut()
    await signInAgain(claims === undefined ? {} : { ...claims, name: 'John' })
    await look()
    expect((await badge()).text).toMatch(/^!/)
  })

  it.each([
    ['first called a clinician', []],
    ['called a clinician between', [{}]],
  ])('of a person who was %s goes on with what is known of the log', async (_which, before) => {
    for (const claims of [...before, { sub: 'john-2', fhirUser: 'Practitioner/p' }]) {
      await signInAgain(claims)
      await seeAll()
      pass(10)
      addLee()
      signAll()
      await look()
      await signOut()
    }
    // Another access stands under the number of the last one.
    const { entries } = watched.logging.log
    const last = entries.at(-1)
    if (last?.count === undefined) throw new Error('The log is empty.')
    last.hidden = true
    entries.push(accessBy('John Doe', last.count, 0))
    signAll()
    pass(10)
    await signInAgain({ sub: 'john-3' })
    await look()
    expect((await badge()).text).toMatch(/^!/)
  })

  it('that names whoever read the record takes nothing back from a person who was called a clinician', async () => {
    await signInAgain({ fhirUser: 'Practitioner/p' })
    await seeAll()
    pass(10)
    await signInAgain({ fhirUser: 'Practitioner/lee' })
    addLee()
    signAll()
    await look()
    expect((await badge()).text).toBe('1')
  })

  it.each([
    ['the same', {}, PART],
    ['another', { sub: 'john-2' }, PART],
    ['the same', {}, 'openid patient/Observation.rs'],
    ['another', { sub: 'john-2' }, 'openid patient/Observation.rs'],
  ])(
    'with %s name for the person says that the log is no longer whole: %o, %s',
    async (_which, claims, scope) => {
      await signIn()
      await seeAll()
      pass(10)
      await signOut()
      await signInAgain(claims, scope)
      await look()
      expect((await connection())?.logNarrowed).toBe(true)
      expect((await badge()).text).toMatch(/^!/)
    },
  )
})

it('J50 whom an organization calls a clinician is told of accesses to the record in their grant', async () => {
  await signInAgain({ fhirUser: 'Practitioner/p' })
  expect((await connection())?.person.role).toBe('clinician')
  await seeAll()
  pass(10)
  addLee()
  signAll()
  await look()
  expect((await badge()).text).toBe('1')
  await signOut()
  expect((await badge()).text).toBe('1')
})

describe('J50 after a session ended', () => {
  const announceLee = async () => {
    await signIn()
    await seeAll()
    pass(10)
    addLee()
    signAll()
    await look()
    expect((await badge()).text).toBe('1')
    await watched.worker.sessions.end(watched.connectionId)
  }
  const asJane = () => signInAgain({ fhirUser: 'Patient/jane' }, WHOLE, { patient: 'jane' })

  it('what was announced and not seen stays announced until its connection is removed', async () => {
    await announceLee()
    expect((await badge()).text).toBe('1')
    expect(await connection()).toMatchObject({ signedIn: false, newAccesses: { count: 1, more: false } })
    await watched.worker.removeConnection(watched.connectionId)
    expect((await badge()).text).toBe('')
  })

  it('what was announced and is seen after a new sign-in is announced no more', async () => {
    await announceLee()
    await signInAgain({})
    await seeAll()
    await signOut()
    expect((await badge()).text).toBe('')
  })

  it('an organization that names another patient takes no announcement back, and that is said', async () => {
    await announceLee()
    const { connectionId } = watched
    await asJane()
    expect(watched.connectionId).not.toBe(connectionId)
    expect((await badge()).text).toBe('1')
    expect((await connection())?.anotherPatient).toBe(true)
    await watched.worker.removeConnection(connectionId)
    expect((await badge()).text).toBe('')
    expect((await connection())?.anotherPatient).toBeUndefined()
  })

  it('nothing is said of another patient while the former one is signed in, or to another person', async () => {
    await signIn()
    await asJane()
    expect((await connection())?.anotherPatient).toBeUndefined()
    await signOut()
    await signInAgain({ sub: 'mary', fhirUser: 'Patient/mary' }, WHOLE, { patient: 'mary' })
    expect((await connection())?.anotherPatient).toBeUndefined()
  })

  it('another patient is named also to whom the organization calls a clinician', async () => {
    for (const [patient, expected] of [
      ['john', undefined],
      ['mary', true],
    ] as const) {
      await signOut()
      await signInAgain({ sub: 'lee', fhirUser: 'Practitioner/lee' }, WHOLE, { patient })
      expect((await connection())?.anotherPatient).toBe(expected)
    }
  })

  it('an access that another connection to the record announces counts once, and what its patient saw no more', async () => {
    await announceLee()
    await signInAgain({ sub: 'john-2' })
    await look()
    expect((await badge()).text).toBe('1')
    await signOut()
    expect((await badge()).text).toBe('1')
    await signInAgain({ sub: 'john-2' })
    await seeAll()
    expect((await badge()).text).toBe('')
  })

  it('what only a doctor had on screen stays announced until the connections to the record are removed', async () => {
    await announceLee()
    const { connectionId } = watched
    await signInAgain({ sub: 'lee', fhirUser: 'Practitioner/lee', name: 'Lee' })
    await look()
    await signOut()
    await watched.worker.removeConnection(watched.connectionId)
    await signInAgain({ sub: 'lee', fhirUser: 'Practitioner/lee', name: 'Lee' })
    await seeAll()
    expect((await badge()).text).toBe('1')
    pass(10)
    addLee()
    signAll()
    await look()
    await signOut()
    expect((await badge()).text).toBe('2')
    await watched.worker.removeConnection(connectionId)
    // The organization says that Lee is a clinician; the second access was announced to them too, and not seen.
    expect((await badge()).text).toBe('1')
    await watched.worker.removeConnection(watched.connectionId)
    expect((await badge()).text).toBe('')
  })

  it('nothing is announced of a log that the policy forbids to read', async () => {
    await announceLee()
    await fakeBrowser.storage.managed.set({ forbiddenScopes: ['patient/AuditEvent.rs'] })
    const { title } = await badge()
    await fakeBrowser.storage.managed.clear()
    expect(title).not.toContain('new access')
  })
})

it('J50 what a doctor had on screen at a patient’s browser stays new to the patient', async () => {
  await signIn()
  await seeAll()
  const { connectionId } = watched
  pass(10)
  addLee()
  signAll()
  await look()
  await signInAgain({ sub: 'lee', fhirUser: 'Practitioner/lee', name: 'Lee' })
  const { connections } = await watched.worker.state()
  watched.connectionId = connections.find(({ id }) => id !== connectionId)?.id ?? ''
  pass(1)
  addLee()
  signAll()
  await seeAll()
  await signOut()
  await signInAgain({ sub: 'john-2' })
  await look()
  expect((await connection())?.person.role).toBe('patient')
  expect((await badge()).text).toBe('2')
})

it.each(['carekey', 'heart-coach', undefined])(
  'J54 a sign-in elsewhere in the person’s name is announced through whatever application: %s',
  async (application) => {
    await signIn()
    await seeAll()
    pass(1440)
    for (const kind of ['sign-in', 'consent', 'token'])
      push(({ agent }) => {
        const [app, person] = agent as object[]
        const through = { ...app, who: { identifier: { value: application } } }
        return {
          subtype: [{ system: 'urn:carekey:access-kind', code: kind }],
          agent: [...(application ? [through] : []), person],
        }
      })
    signAll()
    await look()
    expect((await badge()).text).toBe('3')
  },
)

/** Lists events by how many are below, or by how many are above, which moves the pages as the log grows. */
const listBy = (
  how: 'below' | 'above',
  sizeOfPage: () => number,
  logs: (what: string) => boolean,
): Script => {
  const { logging } = watched
  const script = logging.withLog()
  const { fhir } = script
  return {
    ...script,
    first: (_request, response) => {
      response.setHeader('date', new Date().toUTCString())
      return false
    },
    fhir: (request, response) => {
      const url = new URL(request.url ?? '/', logging.organization.url)
      const what = url.pathname.split('/').at(-1) ?? ''
      if (!['AuditEvent', 'Observation'].includes(what)) return fhir?.(request, response)
      response.setHeader('content-type', 'application/fhir+json')
      const newest = logging.log.entries.map(({ event }) => event).toReversed()
      const start =
        how === 'above'
          ? Number(url.searchParams.get('start'))
          : newest.length - Number(url.searchParams.get('below') ?? newest.length)
      const pageSize = sizeOfPage()
      const shown = newest.slice(start, start + pageSize)
      const rest = newest.length - start - shown.length
      const next = how === 'above' ? `start=${start + pageSize}` : `below=${rest}`
      // A read has its entry before its answer.
      if (logs(what)) push(naming(String(request.headers['x-request-id'])))
      // The request for its proofs follows.
      if (what === 'AuditEvent')
        push(() => ({ subtype: [{ system: 'urn:carekey:access-kind', code: 'proof' }] }))
      if (what === 'AuditEvent')
        return response.end(
          bundleOf(shown, rest > 0 ? `${logging.organization.url}/fhir/AuditEvent?${next}` : undefined),
        )
      const resource = { resourceType: 'Observation', id: 'o', subject: { reference: 'Patient/p' } }
      return response.end(JSON.stringify({ resourceType: 'Bundle', entry: [{ resource }] }))
    },
  }
}

it.each([3, 50])('F33 a read that the log leaves out is missed on pages of %i', async (pageSize) => {
  const script = listBy(
    'below',
    () => pageSize,
    (what) => what === 'AuditEvent',
  )
  await signIn(script, `${WHOLE} patient/Observation.rs`)
  for (let visits = 0; visits < 3; visits++) {
    pass(120)
    signAll()
    await seeAll()
  }
  // Concurrent with what the last visit read.
  await watched.worker.answers.vitals({ connectionId: watched.connectionId, patient: 'p' })
  for (let looks = 0; looks < 2; looks++) {
    pass(300)
    signAll()
    await look()
  }
  expect((await connection())?.readsMissing).toBe(true)
})

it.each([3, 50])('F33 no read that the log has is missed on pages of %i', async (pageSize) => {
  const script = listBy(
    'below',
    () => pageSize,
    () => true,
  )
  await signIn(script, `${WHOLE} patient/Observation.rs`)
  for (let visits = 0; visits < 4; visits++) {
    signAll()
    await seeAll()
    await watched.worker.answers.vitals({ connectionId: watched.connectionId, patient: 'p' })
    pass(1)
    signAll()
    await look()
    expect((await connection())?.readsMissing).toBeUndefined()
  }
})

it.each([
  ['soon after another one', 0, 11],
  ['long after another one', 30, 11],
  ['after the clock was set back', 0, -60],
])(
  'F33 a read since the first page of a list, %s, is not missed on later pages',
  async (_when, before, meanwhile) => {
    await signIn(
      listBy(
        'below',
        () => 3,
        () => true,
      ),
      READS,
    )
    await visit(2)
    await readVitals()
    pass(before)
    await readVitals()
    signAll()
    const { connectionId } = watched
    const pages = [await readLog(watched.worker, { connectionId })]
    pass(meanwhile)
    await readVitals()
    for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next)
      pages.push(await readLog(watched.worker, { connectionId, next }))
    expect(pages.at(-1)?.proof.outcome).toBe('complete')
    expect(pages.flatMap(({ own }) => own?.missing ?? [])).toEqual([])
    expect((await connection())?.readsMissing).toBeUndefined()
  },
)

it('F33 an own read that two pages list is not somebody else’s', async () => {
  await signIn(
    listBy(
      'above',
      () => 4,
      () => true,
    ),
  )
  for (let visits = 0; visits < 7; visits++) {
    pass(30)
    signAll()
    await readLog(watched.worker, { connectionId: watched.connectionId })
  }
  pass(30)
  signAll()
  const pages = await readAll()
  const { connectionId } = watched
  const next = pages.at(-1)?.next
  const more = next === undefined ? [] : [await readLog(watched.worker, { connectionId, next })]
  const all = [...pages, ...more]
  const ids = all.flatMap(({ entries }) => entries.map(({ id }) => id))
  expect(new Set(ids).size).toBeLessThan(ids.length)
  expect(all.flatMap(({ own }) => own?.foreign ?? [])).toEqual([])
})

const READS = `${WHOLE} patient/Observation.rs`
const readVitals = () => watched.worker.answers.vitals({ connectionId: watched.connectionId, patient: 'p' })
const visit = async (times: number) => {
  for (let visits = 0; visits < times; visits++) {
    pass(120)
    signAll()
    await seeAll()
  }
}

it('F33 a log that names no request is not judged', async () => {
  await signIn(
    listBy(
      'below',
      () => 3,
      () => false,
    ),
    READS,
  )
  await visit(2)
  await readVitals()
  for (let looks = 0; looks < 2; looks++) {
    pass(300)
    add('John Doe')
    signAll()
    await look()
  }
  expect((await connection())?.readsMissing).toBeUndefined()
})

it('F33 a look at a list that names no request excuses no read', async () => {
  let logs = true
  let pageSize = 50
  const listed = listBy(
    'below',
    () => pageSize,
    (what) => logs && what === 'AuditEvent',
  )
  await signIn(listed, READS)
  await visit(2)
  logs = false
  pass(115)
  addLee()
  pass(5)
  addLee()
  signAll()
  await seeAll()
  await readVitals()
  pageSize = 2
  await look()
  pageSize = 3
  logs = true
  for (let looks = 0; looks < 2; looks++) {
    pass(300)
    signAll()
    await look()
  }
  expect((await connection())?.readsMissing).toBe(true)
})

it('F33 a page without proofs takes no missing read back, and the next visit names it', async () => {
  let hasProofs = true
  let lastRead = ''
  const listed = listBy(
    'below',
    () => 3,
    (what) => what === 'AuditEvent',
  )
  await signIn(
    {
      ...listed,
      fhir: (request, response) => {
        if (request.url?.includes('/Observation')) lastRead = String(request.headers['x-request-id'])
        return !hasProofs && request.url?.includes('/audit/')
          ? response.writeHead(500).end()
          : listed.fhir?.(request, response)
      },
    },
    READS,
  )
  await visit(3)
  await readVitals()
  pass(300)
  signAll()
  await look()
  expect((await connection())?.readsMissing).toBe(true)
  hasProofs = false
  push(naming(lastRead), -360)
  await look()
  watched.logging.log.entries = watched.logging.log.entries.filter(
    ({ event }) => !JSON.stringify(event).includes(lastRead),
  )
  hasProofs = true
  signAll()
  expect((await connection())?.readsMissing).toBe(true)
  const pages = await readAll()
  expect(pages[0]?.own?.missing.map(({ id }) => id)).toContain(lastRead)
})

describe('F33 an organization that has 2,000 reads sent', () => {
  beforeEach(() => {
    Object.assign(watched, { worker: createWorker() })
  })
  const signInHere = (logs: (what: string) => boolean = (what) => what === 'AuditEvent') =>
    signIn(
      listBy('below', () => 50, logs),
      READS,
    )
  const signInAndVisit = async (logs?: (what: string) => boolean) => {
    await signInHere(logs)
    await visit(3)
    await readVitals()
  }
  const look = async () => {
    pass(300)
    signAll()
    return (await seeAll()).at(-1)?.proof
  }
  /** As a list without an end does. */
  const sendMany = async (many = 2000, connection = watched.connectionId) => {
    const { [watched.connectionId]: { fhirBase } = { fhirBase: '' } } = await items.connections.get()
    const journal = journalOf(watched.worker.sessions.requests, fhirBase, { connection, patient: 'p' })
    for (let sent = 0; sent < many; sent++) await journal.recordSent({ id: `${sent}`, what: 'Observation' })
  }

  it('cannot have one that it hid forgotten before it is looked for: the log is not complete any more', async () => {
    await signInAndVisit()
    await sendMany()
    expect(await look()).toMatchObject({ outcome: 'genuine', why: 'lost-reads' })
    // Nothing that is read later takes that back.
    expect(await look()).toMatchObject({ outcome: 'genuine', why: 'lost-reads' })
  })

  it('cannot have one that is missed forgotten', async () => {
    await signInAndVisit()
    await look()
    await look()
    expect((await connection())?.readsMissing).toBe(true)
    await sendMany()
    pass(300)
    signAll()
    const [page] = await seeAll()
    expect(page?.own?.missing).toMatchObject([{ what: 'Observation' }])
    expect((await connection())?.readsMissing).toBe(true)
  })

  it('keeps a complete log if all earlier ones were compared', async () => {
    await signInAndVisit(() => true)
    expect(await look()).toMatchObject({ outcome: 'complete' })
    await look()
    // The last look's own reads are compared by the next one.
    await sendMany(1996)
    expect(await look()).toMatchObject({ outcome: 'complete' })
    const journals = Object.values(await watched.worker.sessions.requests.journals())
    expect(journals.some(({ lost = {} }) => watched.connectionId in lost)).toBe(true)
  })

  it('before its log is first read has them lost as well', async () => {
    await signInHere()
    await readVitals()
    await sendMany()
    await look()
    expect(await look()).toMatchObject({ outcome: 'genuine', why: 'lost-reads' })
  })

  it('while this computer’s clock is behind its own journal has them lost as well', async () => {
    await signIn()
    pass(1_440)
    await sendMany(2000, 'of-somebody-else')
    pass(-1_440)
    await signInAndVisit()
    await look()
    expect(await look()).toMatchObject({ outcome: 'genuine', why: 'lost-reads' })
  })

  it('has them compared also after more than 30 days', async () => {
    await signInAndVisit()
    pass(31 * 1_440)
    await signInHere()
    await look()
    expect(await look()).toMatchObject({ outcome: 'complete' })
    expect((await connection())?.readsMissing).toBe(true)
  })

  it('after storage was full has them lost as well', async () => {
    await signInAndVisit()
    await watched.worker.sessions.requests.makeRoom()
    expect(await look()).toMatchObject({ outcome: 'genuine', why: 'lost-reads' })
  })
})

it('F33 a doctor’s own reads at a patient’s browser are not missing', async () => {
  const listed = listBy(
    'below',
    () => 50,
    () => true,
  )
  await signIn(listed, READS)
  await visit(2)
  await signOut()
  const { connectionId } = watched
  const tokens = { scope: READS, expires_in: 8_640_000 }
  const claims = { sub: 'lee', fhirUser: 'Practitioner/lee', name: 'Lee' }
  reader = 'Practitioner/lee'
  Object.assign(
    watched,
    await watched.logging.signIn({ ...listed, tokens, claims } as Script, watched.worker),
  )
  expect(watched.connectionId).not.toBe(connectionId)
  await visit(1)
  await readVitals()
  for (let visits = 0; visits < 2; visits++) {
    pass(30)
    signAll()
    const pages = await seeAll()
    expect(pages.flatMap(({ own }) => own?.missing ?? [])).toEqual([])
    expect((await connection())?.readsMissing).toBeUndefined()
  }
})

it('J50 the next look is never more than six hours away, whatever the clock was', async () => {
  await signIn()
  await seeAll()
  await setLookAlarm(watched.worker.sessions)
  pass(30 * 1440)
  await lookAtLogs(watched.worker.sessions)
  pass(-30 * 1440)
  await setLookAlarm(watched.worker.sessions)
  for (const at of Object.values(await items.nextLooks.get()))
    expect(at - Date.now()).toBeLessThanOrEqual(6 * 3_600_000)
})
