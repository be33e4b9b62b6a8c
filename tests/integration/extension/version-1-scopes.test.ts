import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import { clearBrowser, configure, createWorker } from '../../fixtures/worker.ts'

let organization: ScriptedOrganization
/** The scope of each sign-in window. */
let scopes: (string | null)[]
/** Members of the answer of the sign-in page. */
let answered: Record<string, string>

beforeAll(async () => {
  organization = await startScriptedOrganization()
})
afterAll(() => organization.close())
beforeEach(async () => {
  await clearBrowser()
  organization.script = {
    configuration: {
      capabilities: ['launch-standalone', 'permission-patient'],
      scopes_supported: ['openid', 'launch/patient', 'patient/Patient.read', 'patient/Observation.read'],
    },
  }
  scopes = []
  answered = {}
  answerAtOnce(organization)
  const answerOf = fakeBrowser.identity.launchWebAuthFlow
  fakeBrowser.identity.launchWebAuthFlow = async (details) => {
    scopes.push(new URL(details.url).searchParams.get('scope'))
    const answer = new URL(await answerOf(details))
    if (answered.error) answer.searchParams.delete('code')
    for (const [name, value] of Object.entries(answered)) answer.searchParams.set(name, value)
    return answer.href
  }
})

const signIn = async () => {
  const worker = createWorker()
  const { id: providerId } = await configure(worker, organization.url)
  await worker.signIn({ providerId, purpose: 'record' })
}

const ASKED = 'openid fhirUser offline_access launch/patient patient/Patient.read patient/Observation.read'

it('an organization that knows only version 1 of the scopes is asked for those that it lists', async () => {
  organization.script.tokens = { scope: 'openid patient/Observation.read' }
  await signIn()
  expect(scopes).toEqual([ASKED])
  expect(Object.values(await items.sessions.get())).toMatchObject([{ scope: 'patient/Observation.read' }])
})

it('an organization that refuses the scopes is not asked again', async () => {
  answered = { error: 'invalid_scope' }
  await expect(signIn()).rejects.toMatchObject({ code: 'sign-in-failed' })
  expect(scopes).toEqual([ASKED])
})
