import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashPassword } from '../../../server/sign-in/password/password.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

let organization: WithingsOrganization
let tokens: Awaited<ReturnType<typeof signInWithWithings>>
let agent: UserAgent
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization)
  const browser = createSignInBrowser(organization)
  await browser.agent.open(await decideAtWithings(browser, await browser.agent.open('/account')))
  ;({ agent } = browser)
})
afterEach(() => organization.close())

const details = { given: 'Jon', family: 'Dough', birthdate: '1972-04-03' }
const correct = async (changed = details) => agent.submit(await agent.open('/account/person'), changed)
const findPatient = async () => (await readFhir(organization, tokens, `Patient/${tokens.patient}`)).body
const findEntries = async () =>
  await organization.store.db
    .selectFrom('audit_event')
    .select(['json', 'patient'])
    .where('json', 'like', '%"valueString":"person"%')
    .execute()

describe('a person whose name came from themselves', () => {
  it('corrects the name and the birth date, and finds it in the access log', async () => {
    const account = await agent.open('/account')
    const form = await agent.open('/account/person')
    expect(form.html).toContain('value="1972-03-04"')
    const page = await correct()
    expect(page.url.pathname).toBe('/account')
    expect(page.html).toContain('<p>Jon Dough</p>')
    expect(page.html).toContain('Saved.')
    expect(account.html).not.toContain('Saved.')
    expect(await findPatient()).toMatchObject({
      identifier: [{ type: { text: 'Withings user number' }, value: '30411672' }],
      name: [{ family: 'Dough', given: ['Jon'] }],
      birthDate: '1972-04-03',
      meta: { versionId: '3' },
    })
    const found = await readFhir(organization, tokens, 'Patient?name=dough&birthdate=1972-04-03')
    expect(found.body.total).toBe(1)
    const before = await readFhir(organization, tokens, 'Patient?birthdate=1972-03-04')
    expect(before.body.total).toBe(0)
    const [entry, ...more] = await findEntries()
    expect(more).toEqual([])
    expect(entry?.patient).toBe(tokens.patient)
    expect(entry?.json).not.toMatch(/Dough|1972/)
  })

  it('J16 sees the birth date of the record on the page that logs it, and not on /account', async () => {
    const readsOf = async (path: string) => {
      const reads = () =>
        organization.store.db.selectFrom('audit_event').select('id').where('subtype', '=', 'read').execute()
      const before = await reads()
      const { html } = await agent.open(path)
      return { html, reads: (await reads()).length - before.length }
    }
    const account = await readsOf('/account')
    expect(account.html).toContain('Correct your name or birth date')
    expect(account.html).not.toContain('1972')
    expect(account.reads).toBe(0)
    const person = await readsOf('/account/person')
    expect(person.html).toContain('value="1972-03-04"')
    expect(person.reads).toBe(1)
  })

  it('gets a message about the wrong values, and the right ones stay in the form', async () => {
    const page = await correct({ ...details, birthdate: '1972-02-30' })
    expect(page.html).toContain('Type both names and the day you were born, between 1880 and today.')
    expect(page.html).toContain('value="Dough"')
    expect(await findPatient()).toMatchObject({ birthDate: '1972-03-04' })
    expect(await findEntries()).toEqual([])
  })

  it('corrects it after disconnecting Withings too', async () => {
    await agent.submit(await agent.open('/account/upstream'), { do: 'end' })
    await correct()
    expect(await findPatient()).toMatchObject({ birthDate: '1972-04-03' })
  })
})

/** Signs in with the password to another account, and sends the form of `/account/person`, which its pages do not have. */
const correctAs = async (patient: string) => {
  const { store, url } = organization
  const row = {
    ...{ id: 'mary', username: 'mary', name: 'Mary', password_hash: await hashPassword('mary-demo') },
    ...{ role: 'patient' as const, patient, practitioner: null },
  }
  await store.write((trx) => trx.insertInto('account').values(row).execute())
  const other = createUserAgent(url)
  const login = await other.open('/login')
  const account = await other.submit(login, { username: 'mary', password: 'mary-demo' })
  expect(account.html).not.toContain('/account/person')
  expect((await other.open('/account/person')).status).toBe(404)
  const token = /name="form_token" value="([^"]+)"/.exec(account.html)?.[1]
  const inputs = ['given', 'family', 'birthdate'].map((name) => `<input name="${name}">`).join('')
  const html = `<form method="post" action="/account/person"><input name="form_token" value="${token}">${inputs}</form>`
  expect((await other.submit({ ...account, html }, details)).status).toBe(404)
}

it('a person whose record was imported changes nothing of it here', () => correctAs('imported'))

it('W08 an account that reads the record of another changes nothing of it', async () => {
  await correctAs(String(tokens.patient))
  expect(await findPatient()).toMatchObject({ name: [{ family: 'Doe' }], birthDate: '1972-03-04' })
  const { name } = await organization.store.db
    .selectFrom('account')
    .select('name')
    .where('id', '=', 'mary')
    .executeTakeFirstOrThrow()
  expect(name).toBe('Mary')
  expect(await findEntries()).toEqual([])
})
