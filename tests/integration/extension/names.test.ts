import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { beginKnownLog } from '../../../extension/access-log/watch/known-log.ts'
import { updateBadge } from '../../../extension/background/ends.ts'
import { createRecordAnswers } from '../../../extension/background/read-record.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser, shownOnToolbar } from '../../fakes/browser.ts'
import {
  type Script,
  type ScriptedOrganization,
  startScriptedOrganization,
} from '../../fixtures/scripted-organization.ts'
import { clearBrowser, configure, createWorker, type Worker } from '../../fixtures/worker.ts'

let one: ScriptedOrganization
let other: ScriptedOrganization
beforeAll(async () => {
  one = await startScriptedOrganization()
  other = await startScriptedOrganization()
})
afterAll(async () => {
  await one.close()
  await other.close()
})
beforeEach(async () => {
  await clearBrowser()
  for (const organization of [one, other]) organization.script = { fhir: answerRecord }
})

const answerRecord: Script['fhir'] & {} = (request, response) => {
  response.setHeader('content-type', 'application/fhir+json')
  const observation = {
    resourceType: 'Observation',
    id: 'w',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    effectiveDateTime: '2026-01-01',
    valueQuantity: { value: 81.2, unit: 'k\u200bg\u202e' },
  }
  const patient = {
    resourceType: 'Patient',
    id: 'p',
    name: [{ text: 'J\u200boe\n\u202eDoe' }],
    identifier: [{ type: { text: 'M\u2066RN' }, value: '1\u200b0' }],
    address: [{ city: 'Spring\u00adfield' }],
  }
  response.end(
    JSON.stringify(
      request.url === '/fhir/Patient/p'
        ? patient
        : { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: observation }] },
    ),
  )
}

const signIn = async (worker: Worker, organization: ScriptedOrganization, more: object = {}) => {
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const query = new URL(url).searchParams
    organization.nonce = query.get('nonce') ?? ''
    const answer = new URL(query.get('redirect_uri') ?? '')
    for (const [name, value] of Object.entries({
      code: 'code',
      state: query.get('state') ?? '',
      iss: organization.url,
    }))
      answer.searchParams.set(name, value)
    return answer.href
  }
  organization.script = { ...organization.script, ...more }
  const provider = await configure(worker, organization.url)
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
  const { connections } = await worker.state()
  const connection = connections.find(({ providerId }) => providerId === provider.id)
  if (!connection) throw new Error('Nobody is signed in.')
  return { provider, connection }
}

const hostOf = ({ url }: ScriptedOrganization) => new URL(url).host

it('F58 two providers of one name are told apart by host wherever they are named', async () => {
  const worker = createWorker()
  const first = await signIn(worker, one)
  expect(first.connection).toMatchObject({ providerName: 'Riverside Clinic', host: hostOf(one) })
  const second = await signIn(worker, other)
  const labels = [one, other].map((each) => `Riverside Clinic (${hostOf(each)})`)

  const { providers, connections } = await worker.state()
  expect(providers.map(({ label }) => label)).toEqual(labels)
  // The form is about the name itself.
  expect(providers.map(({ name }) => name)).toEqual(['Riverside Clinic', 'Riverside Clinic'])
  expect(connections.map(({ providerName }) => providerName)).toEqual(labels)

  const vitals = await worker.answers.vitals({ connectionId: second.connection.id, patient: 'p' })
  expect(vitals.weight[0]?.source).toMatchObject({ name: labels[1], host: hostOf(other) })

  const page = await createRecordAnswers(worker)['export-record']({ connectionId: second.connection.id })
  expect(page.entries.at(-1)?.json).toContain(labels[1])

  await items.knownLogs.set({ [first.connection.id]: { ...beginKnownLog(0), alarms: [''] } })
  await updateBadge(worker)
  expect(shownOnToolbar.title).toContain(`The access log of ${labels[0]} failed its check`)
  await worker.providers.remove(first.provider.id)
  expect((await worker.state()).connections.at(-1)?.providerName).toBe('Riverside Clinic')
})

it('F77 names of people from an organization are cleaned when they arrive', async () => {
  const worker = createWorker()
  const { connection } = await signIn(worker, one, {
    claims: { name: 'J\u200bohn\n\u202eDoe\u202c', fhirUser: 'Patient/p' },
    tokens: { scope: 'openid patient/*.rs' },
  })
  expect(connection.person.name).toBe('John Doe')
  expect(connection.patient).toMatchObject({
    name: 'Joe Doe',
    identifiers: [{ label: 'MRN', value: '10' }],
    place: 'Springfield',
  })
  const { weight } = await worker.answers.vitals({ connectionId: connection.id, patient: 'p' })
  expect(weight[0]?.unit).toBe('kg')
  const storedText = JSON.stringify([
    await fakeBrowser.storage.local.get(),
    await fakeBrowser.storage.session.get(),
  ])
  expect(storedText).not.toMatch(/[\u200b\u202a-\u202e]/)
})

it('F77 the name of a provider is cleaned when it is configured; if nothing readable is left, it is empty', async () => {
  const worker = createWorker()
  const form = (name: string) => ({
    name,
    clientId: 'carekey',
    fhirBase: `${one.url}/fhir`,
    authorizationEndpoint: `${one.url}/oauth/authorize`,
    redirectUri: '',
  })
  const { name } = await worker.providers.save(form('River\u200bside\n\u202eClinic'))
  expect(name).toBe('Riverside Clinic')
  await expect(worker.providers.save(form('\u200b\u202e'))).rejects.toMatchObject({
    code: 'invalid-input',
    details: { field: 'name' },
  })
})
