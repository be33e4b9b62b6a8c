import { ADDRESSES, type MockProvider } from '../fakes/mock-provider.ts'
import { alter, expect, isSignedIn, startSignIn, test } from './extension.ts'

/** Every page of readings names itself as its next page. */
const leadTo = (mock: MockProvider, next: () => string): void =>
  alter(mock, ADDRESSES.observations, () => ({ link: [{ relation: 'next', url: next() }] }))

const reads = (mock: MockProvider) => mock.requestsTo(ADDRESSES.observations).length

test('E07 a next page on another host is not fetched, and the list says that it is incomplete', async ({
  popup,
  mock,
  evil,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const { host, port } = new URL(mock.origin)
  for (const next of [
    `${evil.origin}/fhir?page=2`,
    `https://${host}/fhir/Observation?page=2`,
    `http://localhost:${port}/fhir/Observation?page=2`,
    `http://127.0.0.1.evil.test:${port}/fhir/Observation?page=2`,
    `http://127.0.0.1:${port}@${new URL(evil.origin).host}/fhir/Observation?page=2`,
    `//${new URL(evil.origin).host}/fhir/Observation?page=2`,
    'javascript:fetch("/")',
    `${mock.origin}/oauth/token`,
  ]) {
    leadTo(mock, () => next)
    const before = reads(mock)
    await popup.reload()
    await isSignedIn(popup)
    await expect(popup.getByText(/next page is outside/i), next).toBeVisible()
    await expect.poll(() => reads(mock), next).toBe(before + 1)
  }
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)
})

test('F08 a next page is not fetched if a server could read its address in another way', async ({
  popup,
  mock,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  for (const path of [
    '..%2f..%2fadmin',
    '..%5c..%5cadmin',
    '..;/..;/admin',
    '%2e%2e/%2e%2e/admin',
    '/admin',
  ]) {
    leadTo(mock, () => `${mock.origin}/fhir/${path}?page=2`)
    const before = reads(mock)
    await popup.reload()
    await isSignedIn(popup)
    await expect(popup.getByText(/next page is outside/i), path).toBeVisible()
    await expect.poll(() => reads(mock), path).toBe(before + 1)
  }
  expect(mock.requests().filter(({ path }) => path.includes('admin'))).toEqual([])
})

test('E07 a relative next page is fetched', async ({ popup, mock }) => {
  mock.script(ADDRESSES.observations, async ({ query }, usual) => {
    const reply = Object(await usual())
    if (query.has('page')) return reply
    return { ...reply, body: { ...reply.body, link: [{ relation: 'next', url: '?page=2' }] } }
  })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  expect(mock.requestsTo(ADDRESSES.observations).map(({ query }) => query.get('page'))).toEqual([null, '2'])
  await expect(popup.getByText(/next page is outside/i)).toHaveCount(0)
})

test('E08 pages in a circle, or without an end, are read up to a limit, and the list says that it was cut', async ({
  popup,
  mock,
}) => {
  // So low that no list of the record is in view, which would be read too.
  await popup.setViewportSize({ width: 400, height: 240 })
  let page = 0
  leadTo(mock, () => `?page=${page++ % 2}`)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await expect(popup.getByText(/has more readings/i)).toBeVisible()
  expect(reads(mock)).toBe(3)

  leadTo(mock, () => `?page=${page++}`)
  await popup.reload()
  await isSignedIn(popup)
  await expect.poll(() => reads(mock)).toBe(3 + 50)
  await expect(popup.getByText(/has more readings/i)).toBeVisible()
})
