import { afterEach, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { createRequestBudget } from '../../../server/sources/withings/request-budget.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
/** The most codes that one network brings back in a minute. */
const CODES = 20

let organization: WithingsOrganization
afterEach(() => organization.close())

it('J34 W05 one network that signs in and disconnects all the time leaves two thirds of the sign-ins to others', async () => {
  organization = await startWithingsOrganization({ people: [john] })
  const { standIn, store } = organization
  await signInWithWithings(organization)
  standIn.clock.now += 2 * MINUTE
  for (let time = 0; time < CODES; time++) {
    const browser = createSignInBrowser(organization)
    const account = await browser.agent.open(
      await decideAtWithings(browser, await browser.agent.open('/account')),
    )
    expect(account.html, String(time)).toContain('href="/account/upstream"')
    await browser.agent.submit(await browser.agent.open('/account/upstream'), { do: 'end' })
  }
  const row = await store.db.selectFrom('withings_account').select('fault').executeTakeFirst()
  // Only some of the ends were told there yet.
  expect(row).toEqual({ fault: 'removed' })

  const take = createRequestBudget({ store, clock: () => standIn.clock.now })
  const signIns = await Promise.allSettled(Array.from({ length: 60 }, () => take('sign-in')))
  expect(signIns.filter(({ status }) => status === 'fulfilled')).toHaveLength(60 - CODES)
})
