import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dailyMeasurer, john } from '../../../server/demo/withings/people.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
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
import { doRound, isAllowedThere } from '../../fixtures/withings-rounds.ts'

const MINUTE = 60_000
const dora = { username: 'daily', details: { given: 'Dora', family: 'Daily', birthdate: '1980-01-02' } }

let organization: WithingsOrganization
afterEach(() => organization.close())

const findRow = (userid = john.userid) =>
  organization.store.db
    .selectFrom('withings_account')
    .selectAll()
    .where('userid', '=', String(userid))
    .executeTakeFirst()
const accounts = () =>
  organization.store.db.selectFrom('account').selectAll().where('role', '=', 'patient').execute()
const johnsAccount = async () => {
  const account = (await accounts()).find(({ username }) => username.startsWith(`withings-${john.userid}-`))
  if (!account) throw new Error('John has no account.')
  return account
}
/** Everything stored of the records, as text: resources, and the values by which they are found. */
const storedText = async () => {
  const tables = ['resource', 'compartment', 'index_string', 'index_token', 'index_date'] as const
  const rows = await Promise.all(
    tables.map((table) => organization.store.db.selectFrom(table).selectAll().execute()),
  )
  return JSON.stringify(rows)
}
const user = async (command: string, name: string) => {
  const { status, out, last } = await runAdmin([
    'user',
    command,
    '--db',
    organization.database.url,
    '--name',
    name,
  ])
  expect(status, last).toBe(0)
  return JSON.parse(out) as Record<string, unknown>
}
/** Signs in at Withings, and comes to the next page here. */
const comeBack = async (browser = createSignInBrowser(organization)) => {
  const { login, finish } = await openLogin(organization, browser)
  const back = await decideAtWithings(browser, login)
  return { browser, finish, page: await browser.agent.open(back) }
}
const changes = async () =>
  (await organization.store.db.selectFrom('audit_event').select('json').orderBy('seq').execute()).flatMap(
    ({ json }) => /"type":"change","valueString":"([^"]+)"/.exec(json)?.[1] ?? [],
  )

describe.each(engines)('user remove on %s', (store) => {
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store, people: [john, dailyMeasurer(0.05)] })
  })

  it('W08 deletes everything that is here because the person signed in, and says what', async () => {
    const tokens = await signInWithWithings(organization)
    const bystander = await signInWithWithings(organization, dora)
    await readFhir(organization, tokens, 'Observation?_count=1')
    await readFhir(organization, bystander, 'Observation?_count=1')
    const { username, patient } = await johnsAccount()
    expect(await storedText()).toContain('1972-03-04')
    const { deleted } = await user('remove', username)
    expect(deleted).toMatchObject({ Patient: 1 })
    expect((deleted as { Observation: number }).Observation).toBeGreaterThan(300)
    const text = await storedText()
    for (const theirs of [patient ?? '', '1972-03-04', 'John', `"${john.userid}"`])
      expect(text).not.toContain(theirs)
    expect(text).toContain('Dora')
    await doRound(organization)
    expect(await findRow()).toBeUndefined()
    expect(await isAllowedThere(organization)).toBe(false)
    const { body } = await readFhir(organization, bystander, 'Observation?_count=1&_total=accurate')
    expect(Number(body.total)).toBeGreaterThan(10)
  })

  it('W08 deletes the name and the birth date of a person who disconnected before', async () => {
    await signInWithWithings(organization)
    const { username } = await johnsAccount()
    const { browser } = await comeBack()
    await browser.agent.open('/account')
    const own = createSignInBrowser(organization)
    await own.agent.open(await decideAtWithings(own, await own.agent.open('/account')))
    await own.agent.submit(await own.agent.open('/account/upstream'), { do: 'end' })
    expect(await user('remove', username)).toMatchObject({ deleted: { Patient: 1 } })
    expect(await storedText()).not.toContain('1972-03-04')
  })

  it('W08 keeps the record when another account that reads it is removed', async () => {
    await signInWithWithings(organization)
    const johns = await johnsAccount()
    const carer = { ...johns, id: 'carer', username: 'carer', name: 'Carer' }
    await organization.store.write((trx) => trx.insertInto('account').values(carer).execute())
    for (const command of ['disable', 'remove'])
      expect(await user(command, 'carer')).not.toHaveProperty('deleted')
    expect(await findRow()).toMatchObject({ fault: null })
    expect(await storedText()).toContain('1972-03-04')
  })

  it('makes a new account when the person signs in again, even before Withings was told', async () => {
    const before = await signInWithWithings(organization)
    await user('remove', (await johnsAccount()).username)
    const again = await signInWithWithings(organization)
    expect(again.patient).not.toBe(before.patient)
    const { body } = await readFhir(organization, again, 'Observation?_count=1&_total=accurate')
    expect(Number(body.total)).toBeGreaterThan(300)
  })
})

describe('an account whose person does not enter their name', () => {
  beforeEach(async () => {
    organization = await startWithingsOrganization()
  })

  it('W08 ends after an hour, here and at Withings', async () => {
    const { page } = await comeBack()
    expect(page.html).toContain('Who are you?')
    organization.standIn.clock.now += 59 * MINUTE
    await doRound(organization)
    expect(await findRow()).toMatchObject({ fault: null })
    organization.standIn.clock.now += MINUTE
    await doRound(organization)
    expect(await findRow()).toBeUndefined()
    expect(await accounts()).toEqual([])
    expect(await storedText()).not.toContain(`"${john.userid}"`)
    expect(await isAllowedThere(organization)).toBe(false)
    expect(await changes()).toEqual(['sign-up', 'remove'])
  })

  it('stays for another hour when they sign in again, and for good when they enter their name', async () => {
    await comeBack()
    organization.standIn.clock.now += 50 * MINUTE
    const { browser, page } = await comeBack()
    organization.standIn.clock.now += 14 * MINUTE
    await doRound(organization)
    await browser.agent.submit(page, johnsDetails)
    organization.standIn.clock.now += 120 * MINUTE
    await doRound(organization)
    expect(await johnsAccount()).toMatchObject({ name: 'John Doe' })
    expect(await findRow()).toMatchObject({ fault: null })
  })

  it('W08 is told by what its person entered, even if they are named as an account without a name is', async () => {
    const details = { given: 'Withings', family: 'user', birthdate: '1972-03-04' }
    await signInWithWithings(organization, { details })
    const { page } = await comeBack()
    expect(page.html).not.toContain('Who are you?')
    organization.standIn.clock.now += 61 * MINUTE
    await doRound(organization)
    expect(await johnsAccount()).toMatchObject({ name: 'Withings user' })
    expect(await findRow()).toMatchObject({ fault: null })
  })

  it('stays disabled when it is disabled', async () => {
    await comeBack()
    await user('disable', (await johnsAccount()).username)
    await comeBack()
    organization.standIn.clock.now += 120 * MINUTE
    await doRound(organization)
    expect((await johnsAccount()).disabled_at).not.toBeNull()
  })
})

describe.each(engines)('J40 two accounts for one patient on %s', (store) => {
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store, people: [john, dailyMeasurer(0.05)] })
    const tokens = await signInWithWithings(organization)
    await readFhir(organization, tokens, 'Observation?_count=1')
  })
  const dailyId = dailyMeasurer(0.05).userid

  /** Dora's account at Withings, to which an administrator gave John's record. */
  const shareRecord = async () => {
    const { username, patient } = await johnsAccount()
    const name = username.replace(String(john.userid), String(dailyId))
    const { status, last } = await runAdmin([
      ...['user', 'invite', '--db', organization.database.url, '--name', name],
      ...['--role', 'patient', '--patient', patient ?? ''],
    ])
    expect(status, last).toBe(0)
  }

  it('the second is told so, and its permission ends at Withings', async () => {
    await shareRecord()
    const browser = createSignInBrowser(organization)
    const { login } = await openLogin(organization, browser)
    const page = await browser.agent.open(await decideAtWithings(browser, login, 'allow', dora.username))
    expect(page.html).toContain('already come from another account at Withings')
    expect(await isAllowedThere(organization, dora.username)).toBe(false)
    expect(await findRow(dailyId)).toBeUndefined()
    expect(await findRow()).toMatchObject({ fault: null })
    expect(await isAllowedThere(organization)).toBe(true)
  })

  it('disabling the one whose readings they are deletes them, and Withings is told', async () => {
    await shareRecord()
    expect(await storedText()).toContain('29463-7')
    await user('disable', (await johnsAccount()).username)
    expect(await storedText()).not.toContain('29463-7')
    await doRound(organization)
    expect(await isAllowedThere(organization)).toBe(false)
  })
})

describe('a sign-in to an account that is disabled', () => {
  beforeEach(async () => {
    organization = await startWithingsOrganization()
    await signInWithWithings(organization)
    await user('disable', (await johnsAccount()).username)
    await doRound(organization)
    expect(await isAllowedThere(organization)).toBe(false)
  })

  it('W08 ends at Withings what was just allowed there, and keeps no token', async () => {
    const { page } = await comeBack()
    expect(page.html).toContain('This account is switched off here.')
    expect(await isAllowedThere(organization)).toBe(false)
    expect(await findRow()).toBeUndefined()
  })

  it('W08 says so although Withings does not answer for a long time', async () => {
    const { promise: until, resolve: release } = Promise.withResolvers<void>()
    const fault = { kind: 'held', what: 'work', until } as const
    organization.standIn.switches.faults = [{ on: 'signature.getnonce', fault }]
    const { page } = await comeBack()
    expect(page.html).toContain('This account is switched off here.')
    release()
    await expect.poll(() => isAllowedThere(organization)).toBe(false)
  })

  it('W08 ends it later when Withings does not answer', async () => {
    organization.standIn.switches.faults = [{ on: 'oauth2.revoke', fault: { kind: 'http', code: 500 } }]
    await comeBack()
    expect(await findRow()).toMatchObject({ fault: 'removed', access_token: '', refresh_token: '' })
    organization.standIn.clock.now += 6 * MINUTE
    await doRound(organization)
    expect(await isAllowedThere(organization)).toBe(false)
    expect(await findRow()).toBeUndefined()
  })
})

describe('the access log', () => {
  beforeEach(async () => {
    organization = await startWithingsOrganization()
  })

  it('W08 has an entry when a person connects Withings again, and none when they only sign in', async () => {
    await signInWithWithings(organization)
    await signInWithWithings(organization)
    expect(await changes()).toEqual(['sign-up'])
    const own = createSignInBrowser(organization)
    await own.agent.open(await decideAtWithings(own, await own.agent.open('/account')))
    await own.agent.submit(await own.agent.open('/account/upstream'), { do: 'end' })
    await signInWithWithings(organization)
    expect(await changes()).toEqual(['sign-up', 'disconnect', 'connect'])
    const { json } = await organization.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('json', 'like', '%"valueString":"connect"%')
      .executeTakeFirstOrThrow()
    const { patient } = await johnsAccount()
    expect(json).toContain(`Patient/${patient}`)
    expect(json).toContain('John Doe')
  })
})
