import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { installBrowsers } from '../../../scripts/browsers.ts'
import { buildExtension } from '../../../scripts/build.ts'
import { startOrganization } from '../../e2e/organization.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { doJob } from '../job.ts'
import type { PopupJob, PopupMeasured } from './browser.ts'
import { buildEmpty } from './build-empty.ts'

const OPENINGS = 15

/** From opening the popup to its first real state, against an empty Preact popup. */
export const popup: Comparison = {
  name: 'popup',
  contenders: { ours: 'popup:ready of the built extension', bare: 'an empty Preact popup' },
  unit: 'ms',
  prepare: async () => {
    const missing = installBrowsers(['chromium'])
    if (missing) throw new Error(missing)
    const folder = resolve('.cache/bench/popup')
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    const organization = await startOrganization('riverside', folder)
    const [ours, bare] = [join(folder, 'carekey'), join(folder, 'empty')]
    await buildExtension('chrome', { outDir: ours, providers: JSON.stringify([organization.provider]) })
    await buildEmpty(bare)

    const measure = async (side: 'ours' | 'bare'): Promise<Record<string, Sample>> => {
      const { signedOut, signedIn = signedOut } = await doJob<PopupJob, PopupMeasured>(
        new URL('browser.ts', import.meta.url),
        {
          extension: side === 'ours' ? ours : bare,
          folder,
          openings: OPENINGS,
          ...(side === 'ours' && { username: 'john' }),
        },
      )
      return { 'signed out': signedOut, 'signed in': signedIn }
    }
    const close = async () => {
      await organization.stop()
      await rm(folder, { recursive: true, force: true })
    }
    return { measure, aims: { 'signed out': 1.25, 'signed in': 1.25 }, close }
  },
}
