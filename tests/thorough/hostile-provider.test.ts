import { afterAll, beforeAll, expect, test } from 'vitest'
import { updateBadge } from '../../extension/background/ends.ts'
import { recordTypes } from '../../extension/messages/record-lists.ts'
import type { Connection } from '../../extension/messages/state.ts'
import { redirectAddress } from '../../values/extension-addresses.ts'
import { fakeBrowser, shownOnToolbar } from '../fakes/browser.ts'
import { type HostileProvider, startHostileProvider } from '../fakes/hostile-provider.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { clearBrowser, createWorker, readLog, type Worker } from '../fixtures/worker.ts'
import { randomOf } from './random-request.ts'

/** To repeat a failure, set its number: `HOSTILE_SEED=17`. */
const SEEDS = process.env.HOSTILE_SEED
  ? [Number(process.env.HOSTILE_SEED)]
  : Array.from({ length: 60 }, (_, seed) => seed)

let honest: MockProvider
let hostile: HostileProvider
let worker: Worker
let ours: Connection
let theirs: Connection

const signInAt = async ({ origin, name }: MockProvider): Promise<Connection> => {
  const fhirBase = `${origin}/fhir`
  const provider = await worker.providers.save({
    name,
    clientId: 'mock-client',
    fhirBase,
    authorizationEndpoint: `${origin}${ADDRESSES.authorize}`,
    redirectUri: redirectAddress(fakeBrowser.identity.getRedirectURL(), fhirBase),
  })
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
  const connection = (await worker.state()).connections.find(({ providerId }) => providerId === provider.id)
  if (!connection) throw new Error(`Nobody is signed in at ${name}.`)
  return connection
}

beforeAll(async () => {
  await clearBrowser()
  honest = await startMockProvider()
  hostile = await startHostileProvider(randomOf)
  honest.script('/fhir/AllergyIntolerance', () => ({
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [
        {
          resource: {
            resourceType: 'AllergyIntolerance',
            id: 'penicillin',
            identifier: [{ system: 'https://mock-clinic.test', value: 'weight' }],
            patient: { reference: 'Patient/mara' },
            criticality: 'high',
            code: { text: 'Penicillin' },
          },
        },
      ],
    },
  }))
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const { headers } = await fetch(url, { redirect: 'manual' })
    return headers.get('location') ?? ''
  }
  worker = createWorker()
  ours = await signInAt(honest)
  theirs = await signInAt(hostile)
})
afterAll(async () => {
  await honest.close()
  await hostile.close()
})

/** Everything that pages ask about a connection, each with its result. */
const askAll = ({ id, patient }: Connection) => {
  const of = { connectionId: id, patient: patient?.id ?? '' }
  return Promise.allSettled([
    worker.answers.vitals(of),
    ...recordTypes.map((type) => worker.answers['record-list']({ ...of, type })),
    readLog(worker, { connectionId: id }),
  ])
}

/** Removes the times of the requests. */
const untimed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (name, part) =>
    ['readAt', 'lookBegan', 'check'].includes(name) ? undefined : part,
  )

const stateOf = async (id: string) => {
  const { connections } = await worker.state()
  return connections.find((connection) => connection.id === id)
}

/** The toolbar's text about the honest organization; the hostile one's own new entries are beside it. */
const toolbar = async () => {
  await updateBadge({ providers: worker.providers, lock: worker.lock })
  return shownOnToolbar.title.split('\n').filter((line) => line.includes(honest.name))
}

/** Somebody else reads the record there after the first look at the log. */
const accessByAnother = async (): Promise<void> => {
  await readLog(worker, { connectionId: ours.id })
  const entry = {
    resourceType: 'AuditEvent',
    id: 'another',
    recorded: new Date().toISOString(),
    type: { code: 'rest' },
    agent: [{ who: { display: 'Dr. Somebody Else' }, requestor: true }],
    source: { observer: { display: honest.name } },
  }
  honest.script('/fhir/AuditEvent', () => ({
    body: { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: entry }] },
  }))
}

test(`whatever a hostile organization answers, ${SEEDS.length} times over, it only causes errors with a sentence, and the other organization works as if it were alone`, {
  timeout: 600_000,
}, async () => {
  await accessByAnother()
  const before = {
    answers: untimed(await askAll(ours)),
    state: await stateOf(ours.id),
    toolbar: await toolbar(),
  }
  expect(JSON.stringify(before.answers)).toContain('"71.5"')
  expect(before.toolbar).toHaveLength(1)
  for (const seed of SEEDS) {
    hostile.attack(seed)
    const answers = await askAll(theirs)
    const failures = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    // An accidental exception has no code of ours.
    expect(
      failures.filter(({ code }) => code === undefined || code === 'unexpected'),
      `seed ${seed}`,
    ).toEqual([])
    expect(untimed(await askAll(ours)), `seed ${seed}`).toEqual(before.answers)
    expect(await stateOf(ours.id), `seed ${seed}`).toEqual(before.state)
    expect(await toolbar(), `seed ${seed}`).toEqual(before.toolbar)
    // After a 401, the person signs in to the hostile organization again.
    if (!(await stateOf(theirs.id))?.signedIn) {
      hostile.behave()
      theirs = await signInAt(hostile)
    }
  }
})
