import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, expect, test } from '@playwright/test'
import { requireBrowser } from '../../scripts/browsers.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { authorizationUrl, carekeyAt, discover } from '../fixtures/sign-in.ts'

const SCOPE = 'openid launch/patient patient/*.rs'

const tracesIn = async ({ store }: TestOrganization) => {
  const rows = (table: 'oauth_record' | 'rate_limit' | 'audit_event') =>
    store.db
      .selectFrom(table as 'rate_limit')
      .selectAll()
      .execute()
  return {
    records: (await rows('oauth_record')).length,
    limits: (await rows('rate_limit')).length,
    entries: (await rows('audit_event')).length,
    refusals: (await refusedRequests(store)).total,
  }
}

/** Runs in the page of another site, which loads from the organization whatever a page can load. */
const loadEverything = async (addresses: readonly string[]): Promise<number> => {
  const loaded: Promise<unknown>[] = []
  const add = (element: HTMLElement) => {
    loaded.push(
      new Promise((resolve) => {
        element.onload = resolve
        element.onerror = resolve
      }),
    )
    document.body.append(element)
  }
  const create = (name: string, properties: object) => Object.assign(document.createElement(name), properties)
  for (let time = 0; time < 60; time++)
    for (const src of addresses) add(create('img', { src: `${src}#${time}` }))
  for (const address of addresses) {
    for (const name of ['iframe', 'script', 'embed']) add(create(name, { src: address }))
    add(create('object', { data: address }))
    add(create('link', { rel: 'stylesheet', href: address }))
    document.head.append(create('link', { rel: 'prefetch', href: address }))
    for (const mode of ['no-cors', 'cors'] as const) {
      loaded.push(fetch(address, { mode, credentials: 'include' }).catch(() => undefined))
      loaded.push(fetch(address, { mode, method: 'POST', body: 'a=b' }).catch(() => undefined))
    }
    const frame = create('iframe', { name: `frame of ${address}` }) as HTMLIFrameElement
    const form = create('form', { action: address, method: 'post', target: frame.name }) as HTMLFormElement
    document.body.append(frame, form)
    form.submit()
  }
  const prefetch = [{ source: 'list', urls: addresses, eagerness: 'immediate' }]
  document.head.append(
    create('script', { type: 'speculationrules', textContent: JSON.stringify({ prefetch }) }),
  )
  await Promise.all(loaded)
  return loaded.length
}

test('J12 whatever a page of another site loads from an organization leaves nothing there, and John signs in', async () => {
  const clinic = await startOrganization({ demo: 'riverside' })
  // A page of another site: the organization is at 127.0.0.1.
  const site = createServer((_request, response) => response.end('<!doctype html><title>Recipes</title>'))
  site.listen(0, 'localhost')
  await once(site, 'listening')
  const browser = await chromium.launch({
    executablePath: requireBrowser('chromium'),
    args: ['--no-sandbox'],
  })
  const page = await browser.newPage()

  const application = carekeyAt(clinic.url)
  const server = await discover(clinic.url)
  const authorize = (await authorizationUrl(server, { application, scope: SCOPE }, 'v'.repeat(43))).href
  const addresses = [
    authorize,
    `${authorize}&prompt=none`,
    ...[
      '/login',
      '/account',
      '/account/log/download',
      '/oauth/logout',
      '/ehr',
      '/fhir/Patient',
      '/nowhere',
    ].map((path) => clinic.url + path),
  ]
  const before = await tracesIn(clinic)
  await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`)
  expect(await page.evaluate(loadEverything, addresses)).toBeGreaterThan(500)
  await page.waitForLoadState('networkidle')
  expect(await tracesIn(clinic)).toEqual(before)

  await page.goto(authorize)
  await page.getByLabel('Username').fill('john')
  await page.getByLabel('Password').fill('john-demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  const redirected = page.waitForRequest((request) => request.url().startsWith(application.redirect_uri))
  await page.getByRole('button', { name: 'Allow' }).click()
  expect(new URL((await redirected).url()).searchParams.get('code')).not.toBeNull()

  await browser.close()
  site.close()
  await clinic.close()
})
