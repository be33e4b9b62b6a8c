import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { removeWithings } from '../../../server/sources/withings/removal.ts'
import { WithingsError } from '../../../server/sources/withings/withings-error.ts'
import { engines } from '../../fixtures/store.ts'
import type { Page } from '../../fixtures/user-agent.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  openLogin,
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import { doRound, isAllowedThere } from '../../fixtures/withings-rounds.ts'

const START_AGAIN = 'took too long, or was answered before. Start again.'

let organization: WithingsOrganization
afterEach(() => organization.close())

const findRow = () => organization.store.db.selectFrom('withings_account').selectAll().executeTakeFirst()
/** Disconnects the person here; Withings is not told yet. */
const disconnect = async () => {
  const { id } = await organization.store.db.selectFrom('account').select('id').executeTakeFirstOrThrow()
  await organization.store.write((trx) => removeWithings(trx, id))
}
/** Signs in at Withings, and returns what opens the page to which the person comes back. */
const allowAgain = async (): Promise<() => Promise<Page>> => {
  const browser = createSignInBrowser(organization)
  const { login } = await openLogin(organization, browser)
  const back = await decideAtWithings(browser, login)
  return () => browser.agent.open(back)
}
const becomesConnected = () => expect.poll(async () => (await findRow())?.fault).toBeNull()
/** The person is connected, here and at Withings, and has their readings. */
const expectConnected = async () => {
  expect(await isAllowedThere(organization)).toBe(true)
  const tokens = await signInWithWithings(organization)
  const { body } = await readFhir(organization, tokens, 'Observation?_count=1&_total=accurate')
  expect(Number(body.total)).toBeGreaterThan(300)
  expect(await findRow()).toMatchObject({ fault: null, ending_until: 0 })
}

describe.each(engines)('W08 a person who allows again what is being ended at Withings, on %s', (store) => {
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store, people: [john] })
    await signInWithWithings(organization)
  })

  it('keeps it if the request that ends it was not sent yet', async () => {
    await disconnect()
    const { promise: until, resolve: release } = Promise.withResolvers<void>()
    const { switches } = organization.standIn
    switches.faults = [{ on: 'signature.getnonce', fault: { kind: 'held', what: 'answer', until } }]
    const round = doRound(organization)
    await expect.poll(() => switches.faults).toEqual([])
    await signInWithWithings(organization)
    release()
    await round
    await expectConnected()
  })

  it('keeps it if that request came before', async () => {
    await disconnect()
    const { promise: until, resolve: release } = Promise.withResolvers<void>()
    const { switches } = organization.standIn
    switches.faults = [{ on: 'oauth2.revoke', fault: { kind: 'held', what: 'answer', until } }]
    const round = doRound(organization)
    await expect.poll(() => switches.faults).toEqual([])
    const comeBack = await allowAgain()
    const page = comeBack()
    await becomesConnected()
    release()
    await round
    expect((await page).html).toContain('name="decision"')
    await expectConnected()
  })

  it('signs in once more if that request came after', async () => {
    await disconnect()
    const comeBack = await allowAgain()
    let page: Promise<Page> | undefined
    await doRound(organization, {
      onRevoke: async () => {
        page = comeBack()
        await becomesConnected()
      },
    })
    expect((await page)?.html).toContain(START_AGAIN)
    expect(await findRow()).toMatchObject({ fault: 'ended' })
    await signInWithWithings(organization)
    await expectConnected()
  })

  it('signs in once more in each of two browsers if that request came after', async () => {
    await disconnect()
    const comeBacks = [await allowAgain(), await allowAgain()]
    const pages: Promise<Page>[] = []
    await doRound(organization, {
      onRevoke: async () => {
        for (const comeBack of comeBacks) {
          const { version = 0 } = (await findRow()) ?? {}
          pages.push(comeBack())
          await expect.poll(async () => (await findRow())?.version).toBe(version + 1)
        }
      },
    })
    for (const { html } of await Promise.all(pages)) expect(html).toContain(START_AGAIN)
  })

  it('signs in once more if all of it happened while Withings answered the sign-in', async () => {
    const comeBack = await allowAgain()
    const { promise: until, resolve: release } = Promise.withResolvers<void>()
    const { switches } = organization.standIn
    switches.faults = [{ on: 'oauth2.requesttoken', fault: { kind: 'held', what: 'answer', until } }]
    const page = comeBack()
    await expect.poll(() => switches.faults).toEqual([])
    await disconnect()
    await doRound(organization)
    expect(await findRow()).toBeUndefined()
    release()
    expect((await page).html).toContain(START_AGAIN)
    await signInWithWithings(organization)
    await expectConnected()
  })

  it('waits for 30 seconds if that request was not answered, because Withings may still do it', async () => {
    await disconnect()
    await doRound(organization, {
      onRevoke: () => {
        throw new WithingsError('away', 'Withings did not answer revoke.')
      },
    })
    const ending_until = organization.standIn.clock.now + 30_000
    expect(await findRow()).toMatchObject({ fault: 'removed', ending_until })
    const comeBack = await allowAgain()
    const page = comeBack()
    await becomesConnected()
    organization.standIn.unlink(organization.standIn.application.clientId, john.userid)
    organization.standIn.clock.now += 30_000
    expect((await page).html).toContain(START_AGAIN)
  })

  it('waits no longer than until it was refused', async () => {
    await disconnect()
    const fault = { kind: 'status', status: 503, error: 'Invalid Params: invalid signature' } as const
    organization.standIn.switches.faults = [{ on: 'oauth2.revoke', fault }]
    await doRound(organization)
    expect(await findRow()).toMatchObject({ fault: 'removed', ending_until: 0 })
  })
})
