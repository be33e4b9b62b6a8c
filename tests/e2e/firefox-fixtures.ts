import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Firefox, startFirefox } from './firefox.ts'
import { test as base } from './fixtures.ts'

interface WorkerFixtures {
  /** One Firefox for all tests of a process. `firefox` is that browser, reset to the state of its start. */
  firefoxOfAll: Firefox
}

/** Options that need a Firefox of their own, like `ownProfile`. */
interface Options {
  /** The policy that an administration has set. */
  policy: object | undefined
  /** Milliseconds after which an idle worker is ended. */
  idle: number | undefined
}

export const test = base.extend<{ firefox: Firefox } & Options, WorkerFixtures>({
  policy: [undefined, { option: true }],
  idle: [undefined, { option: true }],
  firefoxOfAll: [
    async ({ folder, extension }, use) => {
      const firefox = await startFirefox(extension, join(folder, 'firefox-of-all'), { home: folder })
      await use(firefox)
      await firefox.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  firefox: async ({ folder, extension, ownProfile, policy, idle, firefoxOfAll }, use) => {
    if (!ownProfile && !policy && !idle) {
      await use(firefoxOfAll)
      return firefoxOfAll.reset()
    }
    const profile = mkdtempSync(join(folder, 'profile-'))
    const home = mkdtempSync(join(folder, 'home-'))
    if (policy) setPolicy(home, policy)
    const firefox = await startFirefox(extension, profile, { home, ...(idle && { idle }) })
    await use(firefox)
    await firefox.close()
    for (const each of [profile, home]) rmSync(each, { recursive: true, force: true, maxRetries: 5 })
  },
})

/** Firefox reads managed storage from a native manifest. */
const setPolicy = (home: string, data: object): void => {
  const name = 'extension@carekey.app'
  const folder = join(home, '.mozilla', 'managed-storage')
  mkdirSync(folder, { recursive: true })
  const manifest = { name, description: 'A policy under test', type: 'storage', data }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(manifest))
}
