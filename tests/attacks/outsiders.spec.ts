import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { startCarekey } from '../e2e/carekey.ts'
import { configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

const html = (body = '') => ({ body: `<h1>Elsewhere</h1>${body}`, headers: { 'content-type': 'text/html' } })

/** The answers that a page or another extension gets, which are not our own pages. */
const askEverything = (from: Page, id: string): Promise<unknown[]> =>
  from.evaluate(async (extension) => {
    const requests = ['state', 'getToken', 'get-token', 'export-configuration'].flatMap((name) => [
      { name },
      { type: name },
    ])
    const messages: unknown[] = []
    addEventListener('message', ({ data, source }) => source !== window && messages.push(data))
    for (const request of requests) {
      window.postMessage(request, '*')
      document.dispatchEvent(new CustomEvent('carekey', { detail: request }))
      const answer = await new Promise((resolve) => {
        setTimeout(resolve, 100)
        try {
          chrome.runtime.sendMessage(extension, request, (value: unknown) => {
            void chrome.runtime.lastError
            resolve(value)
          })
        } catch {
          // A page that no extension accepts connections from cannot send messages.
          resolve(undefined)
        }
      })
      if (answer !== undefined) messages.push(answer)
    }
    return messages
  }, id)

test('E12 a web page gets no answer, by message, by event, or by the id of the extension', async ({
  popup,
  mock,
  evil: _watched,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  mock.script('/elsewhere', () => html())
  const page = await carekey.context.newPage()
  await page.goto(`${mock.origin}/elsewhere`)
  expect(await askEverything(page, carekey.id)).toEqual([])
  // The extension has also put nothing into the page.
  expect(await page.evaluate(() => Object.keys(globalThis).filter((name) => /carekey/i.test(name)))).toEqual(
    [],
  )
})

test('E13 another extension gets no answer', async ({ extension, folder, mock }) => {
  const other = mkdtempSync(join(folder, 'other-'))
  mkdirSync(other, { recursive: true })
  writeFileSync(
    join(other, 'manifest.json'),
    JSON.stringify({
      manifest_version: 3,
      name: 'Other',
      version: '1',
      background: { service_worker: 'worker.js' },
    }),
  )
  writeFileSync(join(other, 'worker.js'), '')
  writeFileSync(join(other, 'page.html'), '<!doctype html><title>Other</title>')
  const profile = mkdtempSync(join(folder, 'profile-'))
  const carekey = await startCarekey(`${extension},${other}`, profile)
  try {
    const popup = await carekey.popup()
    await configure(popup, mock)
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    const isOther = (url: string) => url.endsWith('/worker.js')
    const worker =
      carekey.context.serviceWorkers().find((it) => isOther(it.url())) ??
      (await carekey.context.waitForEvent('serviceworker', (it) => isOther(it.url())))
    const page = await carekey.context.newPage()
    await page.goto(new URL('page.html', worker.url()).href)
    expect(await askEverything(page, carekey.id)).toEqual([])
    // The same question is answered when one of our pages asks.
    expect(await popup.evaluate(() => chrome.runtime.sendMessage({ name: 'state' }))).toMatchObject({
      ok: true,
    })
  } finally {
    await carekey.close()
    for (const each of [other, profile]) rmSync(each, { recursive: true, force: true, maxRetries: 5 })
  }
})

test('E14 no page of the extension can be framed by a web page', async ({ popup, mock, carekey }) => {
  const pages = ['popup', 'options', 'find', 'launch', 'summary', 'welcome']
  const addresses = pages.map((page) => new URL(`../${page}/index.html`, popup.url()).href)
  mock.script('/framing', () => html(addresses.map((src) => `<iframe src="${src}"></iframe>`).join('')))
  const page = await carekey.context.newPage()
  await page.goto(`${mock.origin}/framing`)
  const framed = () =>
    page
      .frames()
      .slice(1)
      .map((frame) => frame.url())
  await expect.poll(framed).toEqual(pages.map(() => expect.stringMatching(/^chrome-error:/)))
})
