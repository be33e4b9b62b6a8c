import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { chromium, type Page } from '@playwright/test'
import preact from '@preact/preset-vite'
import { build } from 'vite'

/**
 * Draws every state of the pages, light and dark, without a worker or an organization, and runs axe on each:
 * `npm exec -- node tests/e2e/pages-preview/look.ts [scene…]`. Pictures go to `artifacts/pages`.
 */
const here = import.meta.dirname
const outDir = resolve('.cache/pages-preview')
const pictures = resolve('artifacts/pages')
const ORIGIN = 'http://localhost:1'

interface View {
  scene: string
  page: 'popup' | 'options'
  name?: string
  act?: (page: Page) => Promise<unknown>
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const search = async (page: Page) => {
  await page.getByLabel('Birthdate').fill('1980-01-15')
  await button(page, 'Search Patients').click()
}

const views: View[] = [
  ...[
    'first',
    'none',
    'flow-open',
    'flow-failed',
    'signed-out',
    'patient',
    'loading',
    'empty',
    'refused',
  ].map((scene) => ({ scene, page: 'popup' as const })),
  { scene: 'unreachable', page: 'popup' },
  ...[
    'both',
    'both-disagree',
    'both-waiting',
    'both-empty',
    'both-refused',
    'both-unreachable',
    'both-copy',
    'ends-soon',
    'moved',
    'two-patients',
    'both-not-asked',
  ].map((scene) => ({ scene, page: 'popup' as const })),
  ...['long-ago', 'other-person'].map((scene) => ({ scene, page: 'popup' as const })),
  {
    scene: 'both',
    page: 'popup',
    name: 'both-read',
    act: (page) => page.getByRole('img').first().press('End'),
  },
  {
    scene: 'both-disagree',
    page: 'popup',
    name: 'both-table',
    act: async (page) => {
      await page.getByText('Show as a table').last().click()
      await page.getByRole('table', { name: 'Weight' }).scrollIntoViewIfNeeded()
    },
  },
  {
    scene: 'both',
    page: 'popup',
    name: 'both-all',
    act: (page) => page.getByRole('radio', { name: 'All' }).check(),
  },
  { scene: 'clinician', page: 'popup' },
  { scene: 'administrator', page: 'popup' },
  { scene: 'patient', page: 'popup', name: 'who-read', act: (page) => page.getByText('Who read it').click() },
  { scene: 'log-banner', page: 'popup' },
  ...['log-first', 'log-altered', 'log-shrank', 'log-unchecked', 'log-unprovable', 'log-own-reads'].map(
    (scene) => ({
      scene,
      page: 'popup' as const,
      act: (page: Page) => page.getByText('Who read it').click(),
    }),
  ),
  {
    scene: 'patient',
    page: 'popup',
    name: 'own-search',
    act: (page) => page.getByRole('link', { name: 'Search' }).click(),
  },
  {
    scene: 'patient',
    page: 'popup',
    name: 'remove',
    act: (page) => button(page, 'Remove connection').click(),
  },
  { scene: 'clinician', page: 'popup', name: 'found', act: search },
  {
    scene: 'clinician',
    page: 'popup',
    name: 'opened',
    act: async (page) => {
      await search(page)
      await page.getByRole('button', { name: /Springfield/ }).click()
    },
  },
  { scene: 'found-nothing', page: 'popup', act: search },
  {
    scene: 'clinician',
    page: 'popup',
    name: 'birthdate-wrong',
    act: async (page) => {
      await page.getByLabel('Birthdate').fill('15.1.80')
      await button(page, 'Search Patients').click()
    },
  },
  { scene: 'first', page: 'options' },
  { scene: 'managed', page: 'options' },
  {
    scene: 'first',
    page: 'options',
    name: 'lists',
    act: async (page) => {
      await page.getByLabel('Address of the list').fill('https://lists.example/brands.json')
      await button(page, 'Search the list').click()
      await page
        .getByLabel('Configuration file')
        .setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{}') })
    },
  },
  {
    scene: 'both',
    page: 'options',
    name: 'disconnect',
    act: (page) => button(page, 'Disconnect everywhere').click(),
  },
  {
    scene: 'both',
    page: 'options',
    name: 'disconnected',
    act: async (page) => {
      await button(page, 'Disconnect everywhere').click()
      await button(page, 'Disconnect').click()
    },
  },
  {
    scene: 'administrator',
    page: 'options',
    act: async (page) => {
      await page.getByLabel('Client Name').fill('Chart Viewer')
      await button(page, 'Add Client').click()
      await page.getByLabel('Autoscan Server URL').fill('http://localhost:3100')
      await button(page, 'Autoscan Server').click()
      await page
        .getByRole('form', { name: /^Configure/ })
        .getByLabel('Client ID')
        .fill('carekey')
      await button(page, 'Save Configuration').click()
    },
  },
  {
    scene: 'scan-fails',
    page: 'options',
    act: async (page) => {
      await page.getByLabel('Autoscan Server URL').fill('https://clinic.example')
      await button(page, 'Autoscan Server').click()
      await button(page, 'Edit Hôpital Universitaire Sainte-Marie-des-Champs').click()
      await button(page, 'Reset Service Configuration').click()
    },
  },
]

await build({
  configFile: false,
  logLevel: 'warn',
  base: './',
  plugins: [
    preact(),
    {
      name: 'stand-ins',
      enforce: 'pre',
      resolveId: (source) => {
        if (/messages\/(ask|watch)\.ts$/.test(source)) return resolve(here, 'ask.ts')
        if (source === 'webextension-polyfill') return resolve(here, 'browser.ts')
        return undefined
      },
    },
  ],
  build: {
    outDir,
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: { input: ['extension/popup/index.html', 'extension/options/index.html'] },
  },
})

const wanted = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
mkdirSync(pictures, { recursive: true })
let faults = 0
for (const colorScheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce', deviceScaleFactor: 1.5 })
  await context.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url())
    return route.fulfill({ path: `${outDir}${pathname}` })
  })
  for (const view of views) {
    const name = `${view.page}-${view.name ?? view.scene}-${colorScheme}`
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue
    const page = await context.newPage()
    page.on('pageerror', (error) => report(name, error.message))
    await page.setViewportSize(
      view.page === 'popup' ? { width: 400, height: 600 } : { width: 1000, height: 800 },
    )
    await page.goto(`${ORIGIN}/extension/${view.page}/index.html?scene=${view.scene}`)
    await page.getByRole('heading').first().waitFor()
    await view.act?.(page)
    await page.waitForTimeout(150)
    await page.screenshot({
      path: `${pictures}/${name}.png`,
      fullPage: view.page === 'options' && !name.includes('fails'),
    })
    const { violations } = await new AxeBuilder({ page }).analyze()
    for (const { id, nodes } of violations) report(name, `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    await page.close()
  }
  await context.close()
}
await browser.close()
process.exitCode = faults === 0 ? 0 : 1

function report(name: string, fault: string): void {
  faults++
  process.stderr.write(`${name}: ${fault}\n`)
}
