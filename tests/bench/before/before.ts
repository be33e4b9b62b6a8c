import { resolve } from 'node:path'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import { engines } from '../../fixtures/store.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { BEFORE, checkOutBefore } from './check-out-before.ts'
import { prepareVersion, type Version } from './version.ts'

const AIMS = {
  'sqlite, an entry in the log, CPU': 0.4,
  'postgres, an entry in the log, CPU': 0.4,
  'sqlite, read, CPU': 0.55,
  'sqlite, read, 32 waiting': 1.7,
  'postgres, read, 32 waiting': 3,
  'postgres, exact name, 32 waiting': 2.5,
}

/** Compares this version with an earlier one of Carekey. */
export const before: Comparison = {
  name: 'before',
  contenders: { ours: 'Carekey now', bare: `Carekey before, ${BEFORE.slice(0, 8)}` },
  unit: 'requests/s',
  onlyByName: true,
  prepare: async ({ forMs }) => {
    const folders: Record<Side, string> = { bare: checkOutBefore(), ours: resolve('.') }
    const versions: (Record<Side, Version> & { engine: Engine })[] = []
    for (const engine of engines)
      versions.push({
        engine,
        bare: await prepareVersion('bare', folders.bare, engine),
        ours: await prepareVersion('ours', folders.ours, engine),
      })
    return {
      measure: async (side) => {
        const samples: [string, Sample][] = []
        for (const { engine, [side]: version } of versions)
          for (const [variant, sample] of Object.entries(await version.measure(forMs)))
            samples.push([`${engine}, ${variant}`, sample])
        return Object.fromEntries(samples)
      },
      aims: AIMS,
      close: async () => {
        for (const { bare, ours } of versions) await Promise.all([bare.remove(), ours.remove()])
      },
    }
  },
}
