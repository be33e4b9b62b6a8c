import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Comparison, Sample } from '../comparison.ts'
import { doJob } from '../job.ts'
import type { PopupJob, PopupMeasured } from './browser.ts'
import { buildEmpty } from './build-empty.ts'
import { buildFor, freshFolder } from './build-for.ts'
import { CLINICS, startClinics } from './clinics.ts'

const OPENINGS = 10

/** Measures the time from opening the toolbar's popup to its first real state, compared with an empty Preact popup. */
export const popup: Comparison = {
  name: 'popup',
  contenders: { ours: 'popup:ready of the built extension', bare: 'an empty Preact popup' },
  unit: 'ms',
  prepare: async () => {
    const folder = await freshFolder('popup')
    const clinics = await startClinics(folder)
    const ours = await buildFor(folder, clinics)
    const bare = join(folder, 'empty')
    await buildEmpty(bare)

    const measure = async (side: 'ours' | 'bare'): Promise<Record<string, Sample>> => {
      const { signedOut, signedIn } = await doJob<PopupJob, PopupMeasured>(
        new URL('browser.ts', import.meta.url),
        side === 'ours'
          ? { ...shared, extension: ours, opener: 'extension/welcome/index.html', clinics: names }
          : { ...shared, extension: bare, opener: 'extension/popup/index.html', clinics: [] },
      )
      return {
        'signed out, warm': signedOut.warm,
        'signed out, cold': signedOut.cold,
        [`${CLINICS} connections, warm`]: signedIn.warm,
        [`${CLINICS} connections, cold`]: signedIn.cold,
      }
    }
    const shared = { folder, openings: OPENINGS }
    const names = clinics.map(({ name }) => name)
    const close = async () => {
      await Promise.all(clinics.map((clinic) => clinic.stop()))
      await rm(folder, { recursive: true, force: true })
    }
    const aims = {
      'signed out, warm': 1.25,
      [`${CLINICS} connections, warm`]: 1.25,
      'signed out, cold': 1.4,
      [`${CLINICS} connections, cold`]: 1.4,
    }
    return { measure, aims, close }
  },
}
