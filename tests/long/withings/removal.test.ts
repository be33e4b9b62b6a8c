import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { disableUser, removeUser } from '../../../server/cli/admin/users-command.ts'
import type { WithingsSource } from '../../../server/config.ts'
import { john } from '../../../server/demo/withings/people.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import { doRound, isAllowedThere } from '../../fixtures/withings-rounds.ts'

const MINUTE = 60_000

let organization: WithingsOrganization
let tokens: Awaited<ReturnType<typeof signInWithWithings>>
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization)
  expect(await countReadings()).toBeGreaterThan(300)
})
afterEach(() => organization.close())

const countReadings = async () => {
  const { body } = await readFhir(organization, tokens, 'Observation?_count=1&_total=accurate')
  return Number(body.total)
}
const countStored = async () =>
  (
    await organization.store.db
      .selectFrom('resource')
      .select('id')
      .where('type', '=', 'Observation')
      .execute()
  ).length
const findRow = () => organization.store.db.selectFrom('withings_account').selectAll().executeTakeFirst()

const openAccount = async () => {
  const browser = createSignInBrowser(organization)
  const back = await decideAtWithings(browser, await browser.agent.open('/account'))
  return { browser, account: await browser.agent.open(back) }
}

const disconnect = async () => {
  const { browser, account } = await openAccount()
  expect(account.html).toContain('href="/account/upstream"')
  const question = await browser.agent.open('/account/upstream')
  expect(question.html).toContain('What was fetched from Withings is deleted here')
  return browser.agent.submit(question, { do: 'end' })
}

describe('a person who disconnects Withings', () => {
  it('checklist W7, W08 has no readings or tokens left here, and Withings no longer accepts the tokens', async () => {
    const page = await disconnect()
    expect(page.html).not.toContain('Disconnect Withings')
    expect(await countStored()).toBe(0)
    expect(await findRow()).toBeUndefined()
    expect(await isAllowedThere(organization)).toBe(false)
    expect(await countReadings()).toBe(0)
    const { json } = await organization.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('json', 'like', '%"disconnect"%')
      .executeTakeFirstOrThrow()
    expect(json).toContain(`Patient/${tokens.patient}`)
  })

  it('keeps the account, and connects again by signing in', async () => {
    await disconnect()
    const again = await signInWithWithings(organization)
    expect(again.patient).toBe(tokens.patient)
    expect(await countReadings()).toBeGreaterThan(300)
  })

  it('W08 is disconnected here immediately even if Withings does not answer, and there later', async () => {
    organization.standIn.switches.faults = [
      { on: 'signature.getnonce', fault: { kind: 'http', code: 500 }, times: 1 },
    ]
    await disconnect()
    expect(await countStored()).toBe(0)
    expect(await findRow()).toMatchObject({ fault: 'removed', access_token: '', refresh_token: '' })
    expect(await isAllowedThere(organization)).toBe(true)
    // A request in the meantime fetches nothing again.
    expect(await countReadings()).toBe(0)
    organization.standIn.clock.now += 10 * MINUTE
    const { browser } = await openAccount()
    expect(await findRow()).toMatchObject({ fault: null })
    await browser.agent.submit(await browser.agent.open('/account/upstream'), { do: 'end' })
    expect(await isAllowedThere(organization)).toBe(false)
  })

  it.each(['signature.getnonce', 'oauth2.revoke'] as const)(
    'W08 is told so although Withings does not answer %s for a long time, and Withings has done it when it does',
    async (on) => {
      const { promise: until, resolve: release } = Promise.withResolvers<void>()
      organization.standIn.switches.faults = [{ on, fault: { kind: 'held', what: 'work', until } }]
      const page = await disconnect()
      expect(page.html).not.toContain('Disconnect Withings')
      expect(page.html).toContain('Withings is disconnected here. Withings has not confirmed that yet')
      release()
      await expect.poll(findRow).toBeUndefined()
      expect(await isAllowedThere(organization)).toBe(false)
      const { browser } = await openAccount()
      expect((await browser.agent.open('/account')).html).not.toContain('has not confirmed that yet')
    },
  )

  it.each(['signature.getnonce', 'oauth2.revoke'] as const)(
    'W08 stays in the queue for Withings when %s is refused as a mistake',
    async (on) => {
      const fault = { kind: 'status', status: 503, error: 'Invalid Params: invalid signature' } as const
      organization.standIn.switches.faults = [{ on, fault }]
      await disconnect()
      expect(await findRow()).toMatchObject({ fault: 'removed' })
      expect(await isAllowedThere(organization)).toBe(true)
    },
  )

  it('W08 is told so, and stays in the queue, although the secret for Withings cannot be read', async () => {
    const { browser } = await openAccount()
    await rm((organization.config.source as WithingsSource).clientSecretFile)
    const page = await browser.agent.submit(await browser.agent.open('/account/upstream'), { do: 'end' })
    expect(page.html).toContain('Withings has not confirmed that yet')
    expect(await findRow()).toMatchObject({ fault: 'removed' })
  })

  it('W08 leaves the queue when Withings does not know the connection', async () => {
    const fault = { kind: 'status', status: 503, error: 'Invalid Params: invalid userid' } as const
    organization.standIn.switches.faults = [{ on: 'oauth2.revoke', fault }]
    await disconnect()
    expect(await findRow()).toBeUndefined()
  })

  it('W08 gets all readings again even if an earlier fetch ends only now', async () => {
    await disconnect()
    tokens = await signInWithWithings(organization)
    const { switches } = organization.standIn
    switches.pageSize = 200
    switches.faults = [
      { on: 'measure.getmeas', fault: { kind: 'slow', ms: 1 } },
      { on: 'measure.getmeas', fault: { kind: 'slow', ms: 2_500 } },
    ]
    const reading = countReadings()
    await expect.poll(() => switches.faults.length).toBe(0)
    await expect.poll(countStored).toBeGreaterThan(0)
    await disconnect()
    const before = tokens
    tokens = await signInWithWithings(organization)
    await reading.catch(() => {})
    expect(tokens.patient).toBe(before.patient)
    organization.standIn.clock.now += MINUTE
    expect(await countReadings()).toBeGreaterThan(300)
  })

  it('W08 gets nothing back from a fetch that was running', async () => {
    organization.standIn.measure(john.userid, { measures: [{ type: 1, value: 80, unit: 0 }] })
    organization.standIn.clock.now += 11 * MINUTE
    organization.standIn.switches.faults = [
      { on: 'measure.getmeas', fault: { kind: 'slow', ms: 1_500 } },
      // Withings is told later, so until then it still answers this fetch.
      { on: 'signature.getnonce', fault: { kind: 'http', code: 500 } },
    ]
    const { browser } = await openAccount()
    const reading = countReadings()
    await new Promise((resolve) => setTimeout(resolve, 300))
    await browser.agent.submit(await browser.agent.open('/account/upstream'), { do: 'end' })
    await reading
    expect(await countStored()).toBe(0)
  })
})

describe('the terminal', () => {
  it.each([
    ['disable', disableUser],
    ['remove', removeUser],
  ])('W08 user %s deletes what was fetched, and the server tells Withings', async (_name, command) => {
    const { username } = await organization.store.db
      .selectFrom('account')
      .select('username')
      .executeTakeFirstOrThrow()
    await command(['--db', organization.database.url, '--name', username])
    expect(await countStored()).toBe(0)
    expect(await findRow()).toMatchObject({ fault: 'removed', access_token: '' })
    await doRound(organization)
    expect(await isAllowedThere(organization)).toBe(false)
    expect(await findRow()).toBeUndefined()
  })
})
