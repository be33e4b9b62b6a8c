import type { Page } from '@playwright/test'
import type { Carekey } from '../e2e/carekey.ts'
import { ADDRESSES, type MockProvider, renewals } from '../fakes/mock-provider.ts'
import type { Recorded } from '../fakes/recording-server.ts'
import { expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

/** Makes the record readable with the newest access token only. */
const refuseOldTokens = (mock: MockProvider, isOld: (token: string) => boolean): void =>
  mock.script(ADDRESSES.observations, ({ headers }: Recorded, usual) =>
    isOld(headers.authorization?.replace('Bearer ', '') ?? '') ? { status: 401, body: {} } : usual(),
  )

const read = (page: Page): Promise<{ ok: boolean }> =>
  page.evaluate(async () => {
    const { connections } = (await chrome.storage.local.get('connections')) as { connections: object }
    const [connectionId] = Object.keys(connections)
    return chrome.runtime.sendMessage({ name: 'vitals', input: { connectionId, patient: 'mara' } })
  })

test('E20, checklist E10 three pages that each send five requests with an expired token renew it once, and all are answered', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  // Pages that read nothing by themselves: a popup may still be reading again what it shows already.
  await popup.close()
  const pages = [await carekey.options(), await carekey.options(), await carekey.options()]
  const [first = ''] = mock.given.access
  refuseOldTokens(mock, (token) => token === first)
  const before = mock.requestsTo(ADDRESSES.observations).length
  const answers = await Promise.all(pages.flatMap((page) => Array.from({ length: 5 }, () => read(page))))
  expect(answers.map(({ ok }) => ok)).toEqual(Array(15).fill(true))
  expect(renewals(mock)).toEqual([mock.given.refresh[0]])
  // The organization answered each request; none got another one's result.
  const renewed = mock
    .requestsTo(ADDRESSES.observations)
    .slice(before)
    .filter(({ headers }) => headers.authorization === `Bearer ${mock.given.access[1]}`)
  expect(renewed).toHaveLength(15)
})

/** Rotates, and ends the worker before the answer arrives. The repeated request is answered by `again`. */
const dieInRenewal = (mock: MockProvider, carekey: Carekey, again: 'the same' | 'invalid_grant'): void => {
  let answered: unknown
  mock.script(ADDRESSES.token, async ({ form }, usual) => {
    if (!form.has('refresh_token')) return usual()
    if (answered)
      return again === 'the same'
        ? { body: answered, headers: { 'content-type': 'application/json' } }
        : { status: 400, body: { error: again }, headers: { 'content-type': 'application/json' } }
    const reply = Object(await usual())
    answered = reply.body
    await carekey.killWorker()
    return reply
  })
}

const comesBack = async (popup: Page, mock: MockProvider, carekey: Carekey): Promise<Page> => {
  const [first = ''] = mock.given.access
  refuseOldTokens(mock, (token) => token === first)
  await popup.reload()
  await expect.poll(() => renewals(mock).length).toBe(1)
  await popup.close()
  return carekey.popup()
}

test('E21 a worker that is ended after the rotation continues if the organization answers the repeated renewal again', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  dieInRenewal(mock, carekey, 'the same')
  const after = await comesBack(popup, mock, carekey)
  await isSignedIn(after)
  // The copy of the readings is drawn before the answer.
  await expect.poll(() => renewals(mock)).toEqual([mock.given.refresh[0], mock.given.refresh[0]])
  expect(mock.requestsTo(ADDRESSES.authorize)).toHaveLength(1)
})

test('E21 a worker that is ended after the rotation asks to sign in if the organization takes the repetition for theft', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  dieInRenewal(mock, carekey, 'invalid_grant')
  const after = await comesBack(popup, mock, carekey)
  await expect(after.getByRole('button', { name: `Sign in with ${mock.name}` })).toBeVisible()
  expect(renewals(mock)).toHaveLength(2)
  expect((await stored(after, 'local')).grants ?? {}).toEqual({})
  await after.reload()
  await startSignIn(after, mock)
  await isSignedIn(after)
  expect(renewals(mock)).toHaveLength(2)
})

test("E26 a clock that jumps a day, forward and back, costs at most one renewal, and nobody's session", async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const jump = (days: number) =>
    carekey.context.serviceWorkers()[0]?.evaluate((milliseconds) => {
      const clock = Object(globalThis)
      clock.realNow ??= Date.now
      Date.now = () => clock.realNow() + milliseconds
    }, days * 86_400_000)
  const counts: number[] = []
  for (const days of [1, 0, -1, 0, 1]) {
    await jump(days)
    for (let times = 0; times < 3; times++) expect(await read(popup)).toMatchObject({ ok: true })
    counts.push(renewals(mock).length)
  }
  // A day ahead, the token seems expired. A day behind, it seems to last longer than it does, and the organization would refuse
  // it.
  expect(counts).toEqual([1, 1, 1, 1, 1])
  expect(mock.requestsTo(ADDRESSES.authorize)).toHaveLength(1)
})
