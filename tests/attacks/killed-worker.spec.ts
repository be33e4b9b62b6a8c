import type { Page } from '@playwright/test'
import type { Carekey } from '../e2e/carekey.ts'
import { ADDRESSES, type MockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'

/** The person is not half signed in or still signing in: the popup says that it failed, and offers to start again. */
const isInterrupted = async (carekey: Carekey): Promise<Page> => {
  const popup = await carekey.popup()
  await isTold(popup, /was interrupted\. Try again/i)
  const { sessions, flow } = await stored(popup, 'session')
  expect(sessions ?? {}).toEqual({})
  expect(flow).toMatchObject({ status: 'interrupted' })
  const { grants, connections } = await stored(popup, 'local')
  expect({ ...Object(grants), ...Object(connections) }).toEqual({})
  return popup
}

const codesAreSentOnce = (mock: MockProvider) => {
  const requests = mock.requestsTo(ADDRESSES.token).map(({ form }) => form.get('code'))
  expect(new Set(requests).size).toBe(requests.length)
}

const triesAgain = async (popup: Page, mock: MockProvider) => {
  await popup.getByRole('button', { name: 'Try again' }).click()
  await isSignedIn(popup)
  codesAreSentOnce(mock)
}

test('E18 when a worker is ended while the sign-in window is open, signing in can start afresh', async ({
  popup,
  mock,
  carekey,
}) => {
  mock.script(ADDRESSES.authorize, () => ({
    body: '<h1>Sign in</h1>',
    headers: { 'content-type': 'text/html' },
  }))
  const newPage = carekey.context.waitForEvent('page')
  await startSignIn(popup, mock)
  const window = await newPage
  await window.getByRole('heading', { name: 'Sign in' }).waitFor()
  await carekey.killWorker()
  const again = await isInterrupted(carekey)
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
  mock.unscript(ADDRESSES.authorize)
  // The browser leaves the abandoned window open, and opens no second one beside it.
  await window.close()
  await triesAgain(again, mock)
})

test('E18 a worker that is ended between the redirect and the token request sends the code neither then nor later', async ({
  popup,
  mock,
  carekey,
}) => {
  // With a secret, the browser sends a preflight before the token request. The worker is ended in that moment.
  const name = 'Mock Clinic with a secret'
  await configure(popup, mock, { name, clientSecret: 'a-secret' })
  let isEnded = false
  mock.script(`OPTIONS ${ADDRESSES.token}`, async (_request, usual) => {
    if (!isEnded) await carekey.killWorker()
    isEnded = true
    return usual()
  })
  await startSignIn(popup, { name })
  await expect.poll(() => isEnded).toBe(true)
  const again = await isInterrupted(carekey)
  expect(mock.given.code).toHaveLength(1)
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
  await triesAgain(again, mock)
  expect(mock.requestsTo(ADDRESSES.token).map(({ form }) => form.get('code'))).toEqual([mock.given.code[1]])
})

test('E18 a worker that is ended during the token request does not send the code again', async ({
  popup,
  mock,
  carekey,
}) => {
  let isEnded = false
  mock.script(ADDRESSES.token, async (_request, usual) => {
    if (!isEnded) await carekey.killWorker()
    isEnded = true
    return usual()
  })
  await startSignIn(popup, mock)
  await expect.poll(() => isEnded).toBe(true)
  const again = await isInterrupted(carekey)
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)
  await triesAgain(again, mock)
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(2)
})
