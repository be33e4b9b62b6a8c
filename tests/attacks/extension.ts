import { join } from 'node:path'
import type { BrowserContext, Page } from '@playwright/test'
import { buildExtension } from '../../scripts/build.ts'
import { test as base, expect } from '../e2e/fixtures.ts'
import { type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { type RecordingServer, startRecordingServer } from '../fakes/recording-server.ts'

export { expect }

interface Fixtures {
  mock: MockProvider
  /** Another origin, which accepts every request and must receive none. */
  evil: RecordingServer
  /** A popup in which the mock provider is configured. */
  popup: Page
}

/** The extension with no organization but the mock, and oracle O5 around each row. */
export const test = base.extend<Fixtures, { extension: string }>({
  extension: [
    async ({ folder }, use, { project }) => {
      const outDir = join(folder, 'extension')
      await buildExtension(project.name.startsWith('firefox') ? 'firefox' : 'chrome', {
        outDir,
        providers: 'none',
      })
      await use(outDir)
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from this pattern.
  mock: async ({}, use) => {
    const mock = await startMockProvider()
    await use(mock)
    await mock.close()
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from this pattern.
  evil: async ({}, use) => {
    const evil = await startRecordingServer(() => ({ body: { resourceType: 'Bundle' } }))
    await use(evil)
    const requests = evil.requests.map(({ method, path }) => `${method} ${path}`)
    await evil.close()
    expect(requests, 'requests to the other origin').toEqual([])
  },
  popup: async ({ carekey, mock, evil: _watched }, use) => {
    const errors: string[] = []
    carekey.context.on('weberror', (error) => errors.push(error.error().message))
    const popup = await carekey.popup()
    await configure(popup, mock)
    await watchRejections(carekey.context)
    await use(popup)
    expect([...errors, ...(await rejectionsIn(carekey.context))], 'errors that nobody caught').toEqual([])
  },
})

const watchRejections = async (context: BrowserContext): Promise<void> => {
  for (const worker of context.serviceWorkers()) {
    await worker.evaluate(() => {
      const rejections: string[] = []
      Object.assign(globalThis, { rejections })
      globalThis.addEventListener('unhandledrejection', (event) => rejections.push(String(event.reason)))
    })
  }
}

/** A worker that is ended by the row loses its list. */
const rejectionsIn = async (context: BrowserContext): Promise<string[]> => {
  const lists = context
    .serviceWorkers()
    .map((worker) =>
      Promise.race([
        worker.evaluate(() => (Object(globalThis).rejections as string[] | undefined) ?? []),
        new Promise<string[]>((resolve) => setTimeout(resolve, 2_000, [])),
      ]).catch(() => []),
    )
  return (await Promise.all(lists)).flat()
}

/** The message that the options page sends when an administrator saves a provider. */
export const configure = (
  page: Page,
  { origin, name }: MockProvider,
  form: { name?: string; clientSecret?: string; authorizationEndpoint?: string } = {},
): Promise<unknown> =>
  page.evaluate((input) => chrome.runtime.sendMessage({ name: 'save-provider', input }), {
    name,
    clientId: 'mock-client',
    fhirBase: `${origin}/fhir`,
    authorizationEndpoint: `${origin}/oauth/authorize`,
    redirectUri: '',
    ...form,
  })

export const startSignIn = (popup: Page, { name }: Pick<MockProvider, 'name'>): Promise<void> =>
  popup.getByRole('button', { name: `Sign in with ${name}`, exact: true }).click()

export const isSignedIn = async (popup: Page): Promise<void> => {
  await expect(popup.getByRole('heading', { name: 'Mara Mock' })).toBeVisible()
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText('71.5')
}

/** Expects a visible status message. */
export const isTold = (popup: Page, words: RegExp): Promise<void> =>
  expect(popup.getByRole('status').filter({ hasText: words }).first()).toBeVisible()

/** Changes members of the next answer at this path; undefined removes one. */
export const alter = (
  mock: MockProvider,
  path: string,
  change: (body: Record<string, unknown>) => Record<string, unknown>,
): void =>
  mock.script(path, async (_request, usual) => {
    const reply = Object(await usual())
    return { ...reply, body: { ...reply.body, ...change(reply.body) } }
  })

/** All values in one area of the extension's storage. */
export const stored = (page: Page, area: 'local' | 'session' | 'sync'): Promise<Record<string, unknown>> =>
  page.evaluate((name) => chrome.storage[name].get() as Promise<Record<string, unknown>>, area)
