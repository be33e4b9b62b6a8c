import type { Page } from '@playwright/test'
import { ADDRESSES, type MockProvider, renewals } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

/** Every read that was sent is in the journal, to which the reads of all `pages` are written. */
const losesNoUpdate = async (page: Page, mock: MockProvider, pages: number): Promise<void> => {
  const reads = () => mock.requestsTo(ADDRESSES.observations)
  // A popup shows its copy before it asks, so what it shows does not say that it has read.
  await expect.poll(() => reads().length).toBeGreaterThanOrEqual(pages)
  const requests = reads().map(({ headers }) => String(headers['x-request-id']))
  const list = JSON.stringify(await requestsIn(page))
  expect(requests.filter((id) => !list.includes(id))).toEqual([])
}

/** The rows of the journal in the extension's database. */
const requestsIn = (page: Page): Promise<unknown[]> =>
  page.evaluate(
    () =>
      new Promise<unknown[]>((resolve, reject) => {
        const opening = indexedDB.open('carekey')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const reading = database.transaction('requests').objectStore('requests').getAll()
          reading.onerror = () => reject(reading.error)
          reading.onsuccess = () => {
            database.close()
            resolve(reading.result)
          }
        }
      }),
  )

test('E19 a worker that was ended wakes for two popups at once, without a new sign-in and without a lost update', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await carekey.killWorker()
  const pages = await Promise.all([carekey.popup(), carekey.popup()])
  await Promise.all(pages.map(isSignedIn))
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)
  await losesNoUpdate(popup, mock, 1 + pages.length)
})

test('E19 a restarted browser renews once for two popups, and the next time with the newest token', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  for (const start of [0, 1]) {
    await carekey.restart()
    const pages = await Promise.all([carekey.popup(), carekey.popup()])
    await Promise.all(pages.map(isSignedIn))
    expect(renewals(mock)).toEqual(mock.given.refresh.slice(0, start + 1))
  }
  const [code, ...others] = mock.requestsTo(ADDRESSES.token).flatMap(({ form }) => form.get('code') ?? [])
  expect(code).toBe(mock.given.code[0])
  expect(others).toEqual([])
})
