import { carekey, signIn } from '../../fixtures/sign-in.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { doJob, startJob } from '../job.ts'
import { prepareOrganization } from '../organization.ts'
import type { SearchLoad, SearchLoaded } from './load.ts'

/** One patient found, one entry in the log. A page of many has an entry for each of its patients. */
const ONE = 'family=Whitaker'
const PAGE = 'family=B'

const VARIANTS = [
  { variant: 'one found, 1 waiting', search: ONE, waiting: 1 },
  { variant: 'one found, 8 waiting', search: ONE, waiting: 8 },
  { variant: 'one found, 32 waiting', search: ONE, waiting: 32 },
  { variant: 'page of 18, 32 waiting', search: PAGE, waiting: 32 },
]

const script = (path: string) => new URL(path, import.meta.url)

/** A clinician's search through the whole path, against its SQL and its Bundle on bare node:http. */
export const fhir: Comparison = {
  name: 'fhir',
  contenders: {
    ours: 'token, guard, SQL, durable entry in the access log',
    bare: 'the same SQL and Bundle on node:http',
  },
  unit: 'requests/s',
  prepare: async ({ forMs, profiles }) => {
    const [{ config, copy, remove }, { access_token }] = await prepareOrganization('fhir', (base) =>
      signIn(base, { username: 'lee', scope: 'openid fhirUser user/*.rs', application: carekey }),
    )
    const searches = VARIANTS.map((variant) => ({ ...variant, warmMs: forMs / 2, forMs }))
    const bodies: Record<string, string> = {}

    const measure = async (side: 'ours' | 'bare'): Promise<Record<string, Sample>> => {
      const job = { config, database: await copy(), searches: [ONE, PAGE] }
      const server = await startJob(
        script(side === 'ours' ? '../guarded-server.ts' : 'bare-server.ts'),
        job,
        side === 'ours' ? { profiles } : {},
      )
      const load: SearchLoad = { port: config.port, accessToken: access_token, searches }
      const loaded = await doJob<SearchLoad, SearchLoaded>(script('load.ts'), load).finally(server.stop)
      for (const [search, body] of Object.entries(loaded.bodies)) {
        bodies[search] ??= body
        if (bodies[search] !== body) throw new Error(`The contenders answer ${search} differently.`)
      }
      return loaded.samples
    }
    return { measure, aims: { 'one found, 32 waiting': 0.8 }, close: remove }
  },
}
