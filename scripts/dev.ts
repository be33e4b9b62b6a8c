import type { Browser } from 'puppeteer-core'
import { buildExtension, watchExtension } from './build.ts'
import { loadExtension, tryToOpenBrowser } from './open-browser.ts'
import { addressOf, organizations, requireFreePorts, startDemo } from './organizations.ts'
import { runUntilStopped } from './until-stopped.ts'

let browser: Browser | undefined

/** Whether a line is one of the files that vite lists after each build. */
const isListing = (line: string) => line === '' || /^dist\/|computing gzip size/.test(line)

await runUntilStopped(async (children) => {
  await requireFreePorts()
  await Promise.all([buildExtension('chrome'), buildExtension('firefox')])
  for (const target of ['chrome', 'firefox'] as const) {
    const watcher = watchExtension(target, (line) => {
      if (!isListing(line)) console.log(`${target.padEnd(9)} │ ${line}`)
      if (target === 'chrome' && browser && /built in/.test(line))
        loadExtension(browser, 'dist/chrome').catch(() => undefined)
    })
    children.set(`The build for ${target}`, watcher)
  }
  for (const { name, child } of startDemo(true)) children.set(name, child)
  browser = await tryToOpenBrowser('dist/chrome', 'data/chromium-profile')
  console.log(`dist/chrome and dist/firefox are rebuilt on every change, the servers restarted:`)
  console.log(`${organizations.map(addressOf).join(', ')}. Ctrl-C stops everything.`)
})
