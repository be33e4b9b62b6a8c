import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dailyMeasurer, john } from '../../../server/demo/withings/people.ts'
import { hashPassword } from '../../../server/sign-in/password/password.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  openLogin,
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000

let organization: WithingsOrganization
let patient: string
let tokens: TokenEndpointResponse
beforeEach(async () => {
  organization = await startWithingsOrganization({ people: [john, dailyMeasurer(0.05)] })
  tokens = await signInWithWithings(organization)
  patient = String(tokens.patient)
})
afterEach(() => organization.close())

const signInClinician = async (): Promise<TokenEndpointResponse> => {
  const { store, url } = organization
  const lee = {
    ...{ id: 'lee', username: 'lee', name: 'Lee', password_hash: await hashPassword('lee-demo') },
    ...{ role: 'clinician' as const, patient: null, practitioner: null },
  }
  await store.write((trx) =>
    trx
      .insertInto('account')
      .values(lee)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
  return signIn(url, { username: 'lee', scope: 'user/*.rs', application: carekeyAt(url) })
}

const signInService = async (): Promise<TokenEndpointResponse> => {
  const service = await registerSignedClient(organization)
  const assertion = await service.assertion({ exp: Math.floor(organization.standIn.clock.now / 1000) + 120 })
  const form = { grant_type: 'client_credentials', scope: 'system/*.rs' }
  const response = await service.request(form, assertion)
  return (await response.json()) as TokenEndpointResponse
}

interface Entry {
  readonly resource: { readonly resourceType: string; readonly issue?: { readonly diagnostics: string }[] }
}
/** Reads, and returns the matches and what the answer says is not here. */
const read = async (reader: TokenEndpointResponse, path: string) => {
  const { status, body } = await readFhir(organization, reader, path)
  expect(status, JSON.stringify(body)).toBe(200)
  const resources = ((body.entry ?? []) as Entry[]).map(({ resource }) => resource)
  const notes = resources.flatMap(({ issue }) => issue?.[0]?.diagnostics ?? [])
  return { found: resources.length - notes.length, notes }
}
const measureLater = () => {
  organization.standIn.clock.now += 11 * MINUTE
  return organization.standIn.measure(john.userid, { measures: [{ type: 1, value: 300, unit: 0 }] })
}

describe.each([
  ['a clinician', signInClinician],
  ['a service of the organization', signInService],
])('%s who reads one patient', (_reader, signInReader) => {
  it.each([
    'Observation?patient=ID&code=29463-7&value-quantity=300',
    'Observation?subject=Patient/ID&code=29463-7&value-quantity=300',
    'Patient/ID/$everything?_type=Observation&_count=1',
    'Patient?_id=ID&_revinclude=Observation:patient',
  ])('checklist W5 has what is new at Withings fetched before: %s', async (path) => {
    measureLater()
    const reader = await signInReader()
    const { found, notes } = await read(reader, path.replace('ID', patient))
    expect(found).toBeGreaterThan(0)
    expect(notes.join()).not.toContain('Withings')
    const { found: isHere } = await read(reader, 'Observation?value-quantity=300')
    expect(isHere).toBe(1)
  })

  it('W04 reads that Withings does not answer', async () => {
    await read(await signInReader(), `Observation?patient=${patient}&_count=1`)
    measureLater()
    const reader = await signInReader()
    organization.standIn.switches.faults = [{ on: 'measure.getmeas', fault: { kind: 'http', code: 500 } }]
    const { notes } = await read(reader, `Observation?patient=${patient}&_count=1`)
    expect(notes.join()).toContain('Withings does not answer now.')
  })
})

describe('a reader of many patients', () => {
  it('W05 is told up to when the readings are, and fetches none', async () => {
    const reader = await signInClinician()
    const never = await read(reader, 'Observation?_count=1')
    expect(never.notes.join()).toContain('The readings of some people were never complete here.')
    await read(tokens, 'Observation?_count=1')
    expect((await read(reader, 'Observation?_count=1')).notes).toEqual([])
    const readAt = new Date(organization.standIn.clock.now).toISOString().slice(0, 16)
    measureLater()
    const { notes } = await read(reader, 'Observation?code=29463-7&value-quantity=300')
    expect(notes.join()).toContain(`The readings of Withings are as of ${readAt}Z or later.`)
    expect((await read(reader, 'Observation?_count=1&value-quantity=300')).found).toBe(0)
    const both = await read(reader, `Observation?patient=${patient},other&_count=1`)
    expect(both.notes.join()).toContain('Name one patient')
    expect((await read(reader, 'Patient?_count=1')).notes).toEqual([])
  })

  it('W05 waits two seconds in all for a batch that names many patients', async () => {
    await organization.close()
    organization = await startWithingsOrganization({ people: [john, dailyMeasurer(0.05)], patience: 2_000 })
    const first = await signInWithWithings(organization)
    const details = { given: 'Dora', family: 'Daily', birthdate: '1980-01-02' }
    const second = await signInWithWithings(organization, { username: 'daily', details })
    const reader = await signInClinician()
    organization.standIn.switches.faults = [
      { on: 'measure.getmeas', fault: { kind: 'slow', ms: 4_000 }, times: 2 },
    ]
    const began = performance.now()
    const entry = [first, second].map(({ patient: id }) => ({
      request: { method: 'GET', url: `Observation?patient=${id}&_count=1` },
    }))
    const response = await fetch(`${organization.url}/fhir`, {
      method: 'POST',
      headers: { authorization: `Bearer ${reader.access_token}`, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    })
    const text = await response.text()
    expect(text.match(/Newer ones are being read/g)).toHaveLength(2)
    expect(performance.now() - began).toBeLessThan(3_500)
  })

  it('W08 has nothing fetched of somebody who has not said who they are', async () => {
    const browser = createSignInBrowser(organization)
    const { login } = await openLogin(organization, browser)
    await browser.agent.open(await decideAtWithings(browser, login, 'allow', 'daily'))
    const { patient: unnamed } = await organization.store.db
      .selectFrom('withings_account')
      .select('patient')
      .where('unnamed_until', 'is not', null)
      .executeTakeFirstOrThrow()
    const reader = await signInClinician()
    expect(await read(reader, `Observation?patient=${unnamed}`)).toEqual({ found: 0, notes: [] })
  })
})
