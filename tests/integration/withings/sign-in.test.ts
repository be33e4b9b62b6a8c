import { readFile } from 'node:fs/promises'
import type { AuditEvent } from '@medplum/fhirtypes'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dailyMeasurer, john } from '../../../server/demo/withings/people.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  johnsDetails,
  openLogin,
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

let organization: WithingsOrganization
beforeAll(async () => {
  organization = await startWithingsOrganization({ people: [john, dailyMeasurer(0.05)] })
})
afterAll(() => organization.close())

const countAccounts = async () =>
  (await organization.store.db.selectFrom('withings_account').select('userid').execute()).length

/** Signs in up to the return from Withings. */
const comeBack = async (decision: 'allow' | 'deny' = 'allow') => {
  const browser = createSignInBrowser(organization)
  const { login } = await openLogin(organization, browser)
  return { browser, login, back: await decideAtWithings(browser, login, decision) }
}

describe('a sign-in with Withings that does not succeed', () => {
  it('W01 says that the person declined there, and stores nothing', async () => {
    const { browser, back } = await comeBack('deny')
    const page = await browser.agent.open(back)
    expect(page.status).toBe(200)
    expect(page.html).toContain('You did not allow it at Withings, so nobody is signed in here.')
    expect(await countAccounts()).toBe(0)
  })

  it('checklist W2, W01 says that a code was too old after 31 seconds, and lets the person start again', async () => {
    const { browser, back } = await comeBack()
    organization.standIn.clock.now += 31_000
    const page = await browser.agent.open(back)
    expect(page.html).toContain('Signing in with Withings took too long')
    expect(await countAccounts()).toBe(0)
    const again = await decideAtWithings(browser, page)
    expect((await browser.agent.open(again)).html).toContain('Who are you?')
  })

  it('W01 gives nothing to another browser that opens the return address', async () => {
    const { back } = await comeBack()
    const before = await countAccounts()
    const other = createSignInBrowser(organization)
    await openLogin(organization, other)
    const page = await other.agent.open(back)
    expect(page.status).toBe(400)
    expect(page.html).not.toContain('Who are you?')
    expect(await countAccounts()).toBe(before)
  })

  it('W01 accepts a code once', async () => {
    const { browser, back } = await comeBack()
    await browser.agent.open(back)
    expect((await browser.agent.open(back)).html).toContain('was answered before. Start again.')
  })

  it('W01 accepts no state that was altered or made elsewhere', async () => {
    const { browser, back } = await comeBack()
    const altered = new URL(back)
    altered.searchParams.set('state', `${back.searchParams.get('state')}A`)
    const page = await browser.agent.open(altered)
    expect(page.status).toBe(400)
    expect(page.headers.get('refresh')).toBeNull()
    expect((await browser.agent.open(back)).html).toContain('Who are you?')
  })

  it.each([
    ['a page', { kind: 'html' }, 'Withings cannot be reached now'],
    ['HTTP 500', { kind: 'http', code: 500 }, 'Withings cannot be reached now'],
    ['nothing', { kind: 'empty' }, 'Withings cannot be reached now'],
    ['10 MB', { kind: 'huge' }, 'Withings cannot be reached now'],
    ['too many requests', { kind: 'status', status: 601, body: { wait_seconds: 20 } }, 'Many people are'],
    [
      'a refused secret',
      { kind: 'status', status: 503, error: 'Invalid Params' },
      'Withings cannot be reached now',
    ],
  ] as const)('W01 has a sentence for %s instead of tokens', async (_name, fault, sentence) => {
    const { browser, back } = await comeBack()
    const before = await countAccounts()
    organization.standIn.switches.faults = [{ on: 'oauth2.requesttoken', fault }]
    const page = await browser.agent.open(back)
    expect(page.status).toBe(200)
    expect(page.html).toContain(sentence)
    expect(await countAccounts()).toBe(before)
  })

  it('W01 asks Withings once for each state, whatever codes come with it', async () => {
    const browser = createSignInBrowser(organization)
    const back = await decideAtWithings(browser, await browser.agent.open('/account'))
    organization.standIn.switches.faults = [
      { on: 'oauth2.requesttoken', fault: { kind: 'http', code: 500 }, times: 2 },
    ]
    const junk = new URL(back)
    junk.searchParams.set('code', 'junk')
    expect((await browser.agent.open(junk)).html).toContain('Withings cannot be reached now')
    for (const address of [junk, back])
      expect((await browser.agent.open(address)).html).toContain('took too long')
    expect(organization.standIn.switches.faults).toMatchObject([{ times: 1 }])
    organization.standIn.switches.faults = []
  })

  it('W01 asks Withings once for a state that comes 200 times at once, in any spelling', async () => {
    organization.standIn.clock.now += 300_000
    const browser = createSignInBrowser(organization)
    const back = await decideAtWithings(browser, await browser.agent.open('/account'))
    organization.standIn.switches.faults = [
      { on: 'oauth2.requesttoken', fault: { kind: 'http', code: 500 }, times: 200 },
    ]
    const state = back.searchParams.get('state') ?? ''
    const spellings = [
      `state=${state}`,
      `state=${state}&state=${state}`,
      `state=${state}=`,
      `state=${state.replaceAll('-', '%2D').replaceAll('_', '/')}`,
      `state=%20${state}`,
    ]
    const bring = (index: number) =>
      browser.agent.open(
        new URL(`${back.pathname}?code=junk${index}&${spellings[index % spellings.length]}`, back),
      )
    const pages = await Promise.all(Array.from({ length: 200 }, (_, index) => bring(index)))
    expect(pages.map(({ html }) => html).join()).not.toContain('Who are you?')
    expect(organization.standIn.switches.faults).toMatchObject([{ times: 199 }])
    organization.standIn.switches.faults = []
  })

  it('W01 asks Withings about at most 20 failing codes in five minutes from one network', async () => {
    organization.standIn.clock.now += 300_000
    const browser = createSignInBrowser(organization)
    const login = await browser.agent.open('/account')
    const bringJunk = async () => {
      const back = await decideAtWithings(browser, login)
      back.searchParams.set('code', 'junk')
      return (await browser.agent.open(back)).html
    }
    for (let tries = 0; tries < 20; tries++) expect(await bringJunk()).toContain('took too long')
    expect(await bringJunk()).toContain('Many people are')
    organization.standIn.clock.now += 300_000
    expect(await bringJunk()).toContain('took too long')
  })

  it('J34 takes 20 codes a minute from one network, so that who comes from another signs in meanwhile', async () => {
    organization.standIn.clock.now += 300_000
    const browser = createSignInBrowser(organization)
    const login = await browser.agent.open('/account')
    const outcomes: string[] = []
    for (let tries = 0; tries < 59; tries++) {
      const page = await browser.agent.open(await decideAtWithings(browser, login))
      outcomes.push(page.html.includes('Many people are') ? 'busy' : 'in')
    }
    expect(outcomes.filter((each) => each === 'in')).toHaveLength(20)
    const dispatcher = new Agent({ localAddress: '127.0.0.2' })
    const elsewhere = ((url: URL, init: object) =>
      fetch(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch
    const jane = {
      ...createSignInBrowser(organization),
      agent: createUserAgent(organization.url, elsewhere),
    }
    const back = await decideAtWithings(jane, await jane.agent.open('/account'))
    expect((await jane.agent.open(back)).html).not.toContain('Many people are')
    await dispatcher.close()
    organization.standIn.clock.now += 60_000
  })

  it('asks again for a missing name and for a day that does not exist', async () => {
    const { browser, back } = await comeBack()
    const name = await browser.agent.open(back)
    const wrong = await browser.agent.submit(name, { ...johnsDetails, birthdate: '1970-02-30' })
    expect(wrong.html).toContain('Type both names and the day you were born, between 1880 and today.')
    expect(wrong.html).toContain('value="Doe"')
  })
})

describe('a sign-in with Withings', () => {
  it('leads on to the longest address that the sign-in page takes', async () => {
    const browser = createSignInBrowser(organization)
    const next = `/account?${'a'.repeat(2_000)}`
    const login = await browser.agent.open(`/login?${new URLSearchParams({ next })}`)
    const name = await browser.agent.open(await decideAtWithings(browser, login))
    expect(name.html).toContain('Who are you?')
    const { url } = await browser.agent.submit(name, johnsDetails)
    expect(url.pathname + url.search).toBe(next)
  })

  it('checklist W1 leads to weight and blood pressure here', async () => {
    const tokens = await signInWithWithings(organization)
    const patient = await readFhir(organization, tokens, `Patient/${tokens.patient}`)
    expect(patient.body).toMatchObject({
      name: [{ family: 'Doe', given: ['John'] }],
      birthDate: '1972-03-04',
    })
    const { body } = await readFhir(organization, tokens, 'Observation?code=29463-7&_sort=-date&_count=5')
    const { entry } = body as unknown as { entry: { resource: object }[] }
    expect(entry).toHaveLength(5)
    expect(entry[0]?.resource).toMatchObject({ status: 'final', valueQuantity: { code: 'kg' } })
    const pressures = await readFhir(
      organization,
      tokens,
      'Observation?code=85354-9&_count=1&_total=accurate',
    )
    expect(Number(pressures.body.total)).toBeGreaterThan(80)
  })

  it('says at consent that the readings are not read yet, and how many once they are', async () => {
    const here = await startWithingsOrganization()
    const consent = async () => {
      const browser = createSignInBrowser(here)
      const { login, finish } = await openLogin(here, browser)
      let page = await browser.agent.open(await decideAtWithings(browser, login))
      if (page.html.includes('name="birthdate"')) page = await browser.agent.submit(page, johnsDetails)
      const text = page.html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
      return { browser, page, text, finish }
    }
    const { browser, page, text, finish } = await consent()
    expect(text).toContain('Vital signs and results not read from Withings yet')
    expect(text).toContain('Conditions and allergies nothing recorded')
    const allowed = await browser.agent.submit(page, { window: 'day', decision: 'allow' })
    await readFhir(here, await finish(allowed.url), 'Observation?_count=1')
    expect((await consent()).text).toMatch(/Vital signs and results [\d,]+ readings/)
    await here.close()
  })

  it('W07 finds the account again if its number comes as text', async () => {
    organization.standIn.switches.userid = 'string'
    const again = await signInWithWithings(organization)
    organization.standIn.switches.userid = 'number'
    const third = await signInWithWithings(organization)
    expect(again.patient).toBe(third.patient)
  })

  it('W07 creates another account for another person in the same browser', async () => {
    const browser = createSignInBrowser(organization)
    const first = await signInWithWithings(organization, { browser })
    browser.atStandIn.open('/')
    const other = { ...browser, atStandIn: createSignInBrowser(organization).atStandIn }
    const details = { given: 'Dora', family: 'Daily', birthdate: '1980-01-02' }
    const second = await signInWithWithings(organization, { browser: other, username: 'daily', details })
    expect(second.patient).not.toBe(first.patient)
    const foreign = await readFhir(organization, second, `Patient/${first.patient}`)
    expect(foreign.status).toBe(404)
  })

  it('works at the organization’s own pages', async () => {
    const browser = createSignInBrowser(organization)
    const login = await browser.agent.open('/account')
    const back = await decideAtWithings(browser, login)
    const page = await browser.agent.open(back)
    expect(page.url.pathname).toBe('/account')
    expect(page.html).toContain('John Doe')
    expect((await browser.agent.open(back)).html).toContain('took too long')
  })

  it('W01 at the organization’s own pages gives nothing to another browser', async () => {
    const browser = createSignInBrowser(organization)
    const back = await decideAtWithings(browser, await browser.agent.open('/account'))
    const other = createSignInBrowser(organization)
    await other.agent.open('/account')
    const page = await other.agent.open(back)
    expect(page.html).toContain('took too long')
    expect((await other.agent.open('/account')).url.pathname).toBe('/login')
  })

  it('signs nobody in to an account that is disabled', async () => {
    await signInWithWithings(organization)
    const { store, standIn } = organization
    const disable = (disabled_at: number | null) =>
      store.write((trx) => trx.updateTable('account').set({ disabled_at }).execute())
    await disable(standIn.clock.now)
    const { browser, back } = await comeBack()
    expect((await browser.agent.open(back)).html).toContain('This account is switched off here.')
    await disable(null)
  })

  it('logs the new account and who signed in', async () => {
    const { id } = await organization.store.db
      .selectFrom('account')
      .select('id')
      .where('username', 'like', `withings-${john.userid}-%`)
      .executeTakeFirstOrThrow()
    const entries = await organization.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('json', 'like', `%${id}%`)
      .execute()
    const text = entries.map(({ json }) => json).join()
    expect(text).toContain('"valueString":"sign-up"')
    expect(text).toContain('"type":"by","valueString":"Withings"')
  })

  it('logs that the person made the new account themself', async () => {
    const { json } = await organization.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('json', 'like', '%"valueString":"sign-up"%')
      .orderBy('seq')
      .executeTakeFirstOrThrow()
    const { agent, entity } = JSON.parse(json) as AuditEvent
    const requestor = agent.filter((each) => each.requestor)
    expect(requestor.map(({ who }) => who?.reference)).toEqual([
      entity?.find(({ role }) => role?.code === '1')?.what?.reference,
    ])
  })

  it('checklist W2, W02 leaves neither the secret nor a token in the database or on a page', async () => {
    const { store, database, standIn } = organization
    const { access_token, refresh_token } = await store.db
      .selectFrom('withings_account')
      .selectAll()
      .executeTakeFirstOrThrow()
    // The stand-in's tokens are 40 hexadecimal digits.
    for (const value of [access_token, refresh_token]) expect(value).not.toMatch(/[0-9a-f]{40}/)
    const path = database.url.replace('sqlite:', '')
    for (const file of [path, `${path}-wal`]) {
      const bytes = await readFile(file)
      expect(bytes.includes(standIn.application.clientSecret)).toBe(false)
    }
    const { login } = await comeBack()
    expect(login.html).not.toContain(standIn.application.clientSecret)
  })

  it('answers HEAD at the redirect address with 200, as Withings’ dashboard requires', async () => {
    const { standIn, url } = organization
    expect(await standIn.takesCallback(`${url}/_oauth/OAuth2Server`)).toBe(true)
  })
})
