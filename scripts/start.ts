import { buildExtension } from './build.ts'
import { tryToOpenBrowser } from './open-browser.ts'
import { addressOf, organizations, requireFreePorts, startDemo } from './organizations.ts'
import { untilReady } from './server-process.ts'
import { runUntilStopped } from './until-stopped.ts'

const INSTRUCTIONS = `
${organizations.map((it) => `${it.name.padEnd(21)} ${addressOf(it)}   accounts: ${it.accounts.join(', ')}`).join('\n')}
The password of each account is its name and "-demo": john signs in with john-demo.
Withings' sign-in page leads to a stand-in for its own hosts, where john signs in. Then Withings asks who that is: John Doe, born on
4 March 1972, as at the other two.

Load the extension
  Chrome, Chromium, Edge   chrome://extensions → Developer mode → Load unpacked → dist/chrome
  Firefox                  about:debugging#/runtime/this-firefox → Load Temporary Add-on → dist/firefox/manifest.json
Then click the key in the toolbar. Each request that an organization answers is a line in data/*.log.
`

await runUntilStopped(async (children) => {
  await requireFreePorts()
  console.log('Building the extension …')
  await Promise.all([buildExtension('chrome'), buildExtension('firefox')])
  console.log('Starting the organizations (the first start writes their demo records) …')
  await Promise.all(
    startDemo().map(({ name, url, child }) => {
      children.set(name, child)
      return untilReady(url, child)
    }),
  )
  console.log(INSTRUCTIONS)
  if (await tryToOpenBrowser('dist/chrome', 'data/chromium-profile')) {
    console.log('Chromium is open with the extension loaded; its key is behind the puzzle piece.')
  }
  console.log('Ready. Ctrl-C stops everything.')
})
