import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startOrganization } from '../../e2e/organization.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { inTurns } from '../in-turns.ts'
import { doJob } from '../job.ts'
import { median } from '../statistics.ts'
import { buildFor, freshFolder } from './build-for.ts'
import type { SearchJob } from './search-in-turns.ts'

const SEARCHES = 40
const VARIANT = `family, ${SEARCHES} times`
const AIM_MS = 10

/**
 * Allows the extension the organization's host, as whoever connects an organization does. Otherwise the browser would ask it before
 * each request whether pages of the extension may send it.
 */
const grantHost = async (extension: string): Promise<void> => {
  const file = join(extension, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...manifest, host_permissions: ['http://localhost/*'] }))
}

/** Measures the time from the click on "Search Patients" to the first patient on the page, compared with the bare request. */
export const search: Comparison = {
  name: 'popup search',
  contenders: { ours: 'from the click to the first result', bare: 'the same search over HTTP' },
  unit: 'ms',
  prepare: async () => {
    const folder = await freshFolder('popup-search')
    const riverside = await startOrganization('riverside', folder)
    const extension = await buildFor(folder, [riverside])
    await grantHost(extension)
    const { access_token } = await signIn(riverside.url, {
      username: 'lee',
      scope: 'openid user/*.rs',
      application: carekeyAt(riverside.url),
      window: 'longest',
    })
    const job: SearchJob = {
      folder,
      extension,
      organization: { name: riverside.name, url: riverside.url },
      accessToken: access_token,
      searches: SEARCHES,
    }
    const differences: number[] = []
    return {
      measure: inTurns(async () => {
        const { ours, bare } = await doJob<SearchJob, Record<Side, Sample>>(
          new URL('search-in-turns.ts', import.meta.url),
          job,
        )
        differences.push(ours.value - bare.value)
        return { ours: { [VARIANT]: ours }, bare: { [VARIANT]: bare } }
      }),
      aims: {},
      findings: async () => {
        const over = median(differences)
        const rounds = differences.map((each) => each.toFixed(1)).join(' · ')
        const met = over <= AIM_MS ? 'met' : 'missed'
        return [`${over.toFixed(1)} ms over the bare request (${rounds}); aim ≤ ${AIM_MS}, ${met}.`]
      },
      close: async () => {
        await riverside.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}
