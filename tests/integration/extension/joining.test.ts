import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createJoining } from '../../../extension/find/organization-card.tsx'
import type { AddedProvider } from '../../../extension/messages/brands.ts'
import type { RequestName } from '../../../extension/messages/protocol.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  signInAs,
  sitBeforeWindow,
  type Worker,
} from '../../fixtures/worker.ts'

const { sendMessage } = fakeBrowser.runtime
const { launchWebAuthFlow } = fakeBrowser.identity
let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(async () => {
  Object.assign(fakeBrowser.runtime, { sendMessage })
  await riverside.close()
})
beforeEach(async () => {
  Object.assign(fakeBrowser.identity, { launchWebAuthFlow })
  await clearBrowser()
})

/**
 * The card of an organization on the page where people find them. Each click goes to the real worker, and returns the step that
 * it leads to.
 */
const openCard = (url: string, worker: Worker = createWorker()) => {
  fakeBrowser.runtime.sendMessage = async (message) => {
    const { name, input } = message as { name: RequestName; input: never }
    const answers: Record<string, (input: never) => Promise<unknown>> = worker.answers
    return answers[name]?.(input).then(
      (value) => ({ ok: true, value }),
      ({ code }: { code: string }) => ({ ok: false, error: { code } }),
    )
  }
  const join = createJoining({ name: 'Some Clinic', fhirBase: `${url}/fhir` })
  return async (given: Parameters<typeof join>[0] = {}) => {
    let added: AddedProvider | undefined
    const end = await join(given, (next) => {
      added = next
    }).then(
      (isSignedIn) => (isSignedIn ? 'signed in' : ''),
      ({ code }: { code: string }) => code,
    )
    return `${added?.step} ${end}`.trim()
  }
}

/**
 * An organization whose staff registers applications, and which signs people in at another host. Returns the sign-in windows that
 * were opened.
 */
const startElsewhere = async () => {
  const signIn = await startRecordingServer(() => ({ status: 404 }))
  const record: RecordingServer = await startRecordingServer(({ path }) =>
    path === '/fhir/.well-known/smart-configuration'
      ? {
          body: {
            authorization_endpoint: `${signIn.origin}/authorize`,
            token_endpoint: `${signIn.origin}/token`,
            code_challenge_methods_supported: ['S256'],
          },
        }
      : { status: 404 },
  )
  onTestFinished(async () => {
    await Promise.all([signIn.close(), record.close()])
  })
  const visits: (string | null)[] = []
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const { origin, searchParams } = new URL(url)
    visits.push(`${origin === signIn.origin ? 'elsewhere' : origin} ${searchParams.get('client_id')}`)
    throw new Error('Authorization page could not be loaded.')
  }
  return { origin: record.origin, signInHost: new URL(signIn.origin).host, opened: visits }
}

describe('an organization that signs people in at another host, and whose staff registers applications', () => {
  it('opens its sign-in with the Client ID that it gave, and asks once about the host', async () => {
    const { origin, signInHost, opened } = await startElsewhere()
    const press = openCard(origin)
    expect(await press()).toBe('confirm')
    expect(await press({ signInHost })).toBe('register')
    expect(await press({ clientId: 'mistyped' })).toBe('sign-in sign-in-page-failed')
    expect(await press({ clientId: 'given' })).toBe('sign-in sign-in-page-failed')
    expect(opened).toEqual(['elsewhere mistyped', 'elsewhere given'])
  })

  it('uses the Client ID that was typed before the person agreed to the host', async () => {
    const { origin, signInHost, opened } = await startElsewhere()
    const press = openCard(origin)
    expect(await press({ clientId: 'given' })).toBe('confirm')
    expect(await press({ signInHost })).toBe('sign-in sign-in-page-failed')
    expect(opened).toEqual(['elsewhere given'])
  })
})

it('after signing in, the record of the person who has just signed in opens, not that of the previous one', async () => {
  const worker = createWorker()
  const provider = await configure(worker, riverside.url)
  const { id: connectionId } = await signInAs(worker, provider, { username: 'jane' })
  await worker.answers['remember-place']({ place: { connectionId, home: true } })

  sitBeforeWindow({ username: 'john' })
  expect(await openCard(riverside.url, worker)()).toBe('sign-in signed in')
  const { connections, place } = await worker.state()
  expect(connections.find(({ id }) => id === place.connectionId)?.patient?.name).toBe('John Doe')
  expect(place.home).toBeUndefined()
})
