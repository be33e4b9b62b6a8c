import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { removeAccount } from '../../../server/grants/accounts.ts'
import { erasePerson } from '../../../server/sources/withings/removal.ts'
import type { Db } from '../../../server/store/schema.ts'
import { engines } from '../../fixtures/store.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  johnsDetails,
  openLogin,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import { doRound } from '../../fixtures/withings-rounds.ts'

/** Longer than the server takes to come to the account that a removal holds. Milliseconds. */
const LONG_ENOUGH = 400

let organization: WithingsOrganization
afterEach(() => organization.close())

const findPerson = (db: Db) =>
  db.selectFrom('account').selectAll().where('role', '=', 'patient').executeTakeFirst()
const findTokens = () =>
  organization.store.db.selectFrom('withings_account').select(['account_id', 'fault']).execute()
const storedText = async () =>
  JSON.stringify(await organization.store.db.selectFrom('resource').select('json').execute())
const entriesOfEnds = async () =>
  (await organization.store.db.selectFrom('audit_event').select('json').execute()).filter(({ json }) =>
    json.includes('"valueString":"remove"'),
  )
/** Comes back from Withings to the page that asks for the name. */
const comeBack = async () => {
  const { agent, atStandIn } = createSignInBrowser(organization)
  const { login } = await openLogin(organization, { agent, atStandIn })
  const page = await agent.open(await decideAtWithings({ agent, atStandIn }, login))
  return { agent, page }
}
/** Removes the person from another process, which is slow between its first statement and its end, while `act` runs. */
const actDuringRemoval = async <T>(act: () => Promise<T>): Promise<T> => {
  const other = await organization.database.open()
  let acting: Promise<T> | undefined
  await other.write(async (trx) => {
    const account = await findPerson(trx)
    if (!account) throw new Error('Nobody signed in.')
    await erasePerson(trx, account)
    acting = act()
    await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH))
    await removeAccount(trx, account.id, 0)
  })
  await other.close()
  if (!acting) throw new Error('Nothing was done meanwhile.')
  return acting
}

describe.each(engines)('while an account is removed on %s', (store) => {
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store, people: [john] })
  })

  it.each([true, false])('W08 a sign-in makes a new account (still connected: %s)', async (isConnected) => {
    await signInWithWithings(organization)
    const before = await findPerson(organization.store.db)
    if (!isConnected) await organization.store.write((trx) => trx.deleteFrom('withings_account').execute())
    const browser = createSignInBrowser(organization)
    const { login } = await openLogin(organization, browser)
    const back = await decideAtWithings(browser, login)
    const page = await actDuringRemoval(() => browser.agent.open(back))
    expect(page.html).toContain('Who are you?')
    const after = await findPerson(organization.store.db)
    expect(after?.id).not.toBe(before?.id)
    expect(await findTokens()).toEqual([{ account_id: after?.id, fault: null }])
  })

  it('W08 a person who enters their name leaves none behind', async () => {
    const { agent, page } = await comeBack()
    const answer = await actDuringRemoval(() => agent.submit(page, johnsDetails))
    expect(answer.html).toContain('This account is switched off here.')
    expect(await storedText()).not.toContain('1972-03-04')
  })

  it('W08 a person who corrects their name leaves none behind', async () => {
    await signInWithWithings(organization)
    const browser = createSignInBrowser(organization)
    await browser.agent.open(await decideAtWithings(browser, await browser.agent.open('/account')))
    const form = await browser.agent.open('/account/person')
    const answer = await actDuringRemoval(() =>
      browser.agent.submit(form, { ...johnsDetails, birthdate: '1972-04-03' }),
    )
    expect(answer.url.pathname).toBe('/login')
    expect(await storedText()).not.toMatch(/1972-0[34]-0[34]/)
  })

  it('W08 another process does not end it once more', async () => {
    await comeBack()
    organization.standIn.clock.now += 61 * 60_000
    await actDuringRemoval(() => doRound(organization))
    expect(await findPerson(organization.store.db)).toBeUndefined()
    expect(await entriesOfEnds()).toEqual([])
  })
})
