import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { removeWithings } from '../../../server/sources/withings/removal.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import { doRound } from '../../fixtures/withings-rounds.ts'

const MINUTE = 60_000

let organization: WithingsOrganization
let tokens: Awaited<ReturnType<typeof signInWithWithings>>
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization)
  await newest()
  await expect.poll(async () => (await findRow()).hook).not.toBeNull()
})
afterEach(() => organization.close())

const findRow = () =>
  organization.store.db.selectFrom('withings_account').selectAll().executeTakeFirstOrThrow()

const newest = async () => {
  const { body } = await readFhir(organization, tokens, 'Observation?code=29463-7&_sort=-date&_count=1')
  const [entry] = body.entry as { resource: { valueQuantity: { value: number } } }[]
  return entry?.resource.valueQuantity.value
}

const measure = (value: number) =>
  organization.standIn.measure(john.userid, { measures: [{ type: 1, value, unit: 0 }] })

it('checklist W8, W09 after a notification, the next reader asks Withings sooner', async () => {
  organization.standIn.clock.now += 2 * MINUTE
  measure(71)
  expect(await newest()).not.toBe(71)
  await organization.standIn.deliverDue()
  await expect.poll(async () => (await findRow()).next_read).toBe(0)
  expect(await newest()).toBe(71)
})

it('W09 a notification within a minute of the last fetch changes nothing', async () => {
  measure(72)
  await organization.standIn.deliverDue()
  // The answer is sent before the notification is looked up.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect((await findRow()).next_read).toBeGreaterThan(0)
  expect(await newest()).not.toBe(72)
})

it('W09 a guessed path gets the same answer as the right one, and does nothing', async () => {
  organization.standIn.clock.now += 2 * MINUTE
  const before = await findRow()
  const post = (path: string, body: string) =>
    fetch(`${organization.url}/_withings/${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  for (const path of ['a', 'A'.repeat(43), before.hook ?? '', '%00'])
    for (const body of ['', `userid=${john.userid}&appli=1&startdate=1&enddate=2`, '{"userid":1}']) {
      const answer = await post(path, body)
      expect([answer.status, await answer.text()]).toEqual([200, ''])
    }
  expect((await fetch(`${organization.url}/_withings/b`, { method: 'HEAD' })).status).toBe(200)
  expect(await findRow()).toEqual(before)
})

it('W09 a flood of notifications is answered, and fetches nothing', async () => {
  organization.standIn.clock.now += 2 * MINUTE
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, index) =>
      fetch(`${organization.url}/_withings/${index}`, { method: 'POST' }),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  organization.standIn.switches.faults = [{ on: 'measure.getmeas', fault: { kind: 'http', code: 500 } }]
  await newest()
  expect(organization.standIn.switches.faults).toHaveLength(1)
})

it('W09 a subscription that was made while the person connected again does not stand for the new connection', async () => {
  const { standIn, store } = organization
  const connectAgain = async () => {
    const { account_id } = await findRow()
    await store.write((trx) => removeWithings(trx, account_id))
    await doRound(organization)
    expect(standIn.subscriptions()).toEqual([])
    tokens = await signInWithWithings(organization)
  }
  await connectAgain()
  const { promise: until, resolve: release } = Promise.withResolvers<void>()
  standIn.switches.faults = [
    { on: 'notify.subscribe', fault: { kind: 'held', what: 'answer', until } },
    { on: 'notify.subscribe', fault: { kind: 'slow', ms: 0 } },
  ]
  await newest()
  await expect.poll(() => standIn.switches.faults).toHaveLength(1)
  await connectAgain()
  release()
  await expect.poll(() => standIn.switches.faults).toEqual([])
  await expect.poll(() => standIn.subscriptions()).toEqual([])
  await newest()
  await expect.poll(async () => (await findRow()).hook).not.toBeNull()
  const { hook } = await findRow()
  const subscribed = standIn.subscriptions().map(({ appli, callbackurl }) => [appli, hashOf(callbackurl)])
  expect(subscribed).toEqual([
    [1, hook],
    [4, hook],
  ])
})

/** What is stored of the secret part of an address. */
const hashOf = (address: string) =>
  createHash('sha256')
    .update(address.slice(address.lastIndexOf('/') + 1))
    .digest('base64url')
