import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { inTurns } from '../in-turns.ts'
import { doJob, startJob } from '../job.ts'
import { prepareOrganization } from '../organization.ts'
import type { AttemptLoad } from './load.ts'

/** How many answers an attacker times in one round. */
const ATTEMPTS = 500
const VARIANT = `404, ${ATTEMPTS} times`

const script = (path: string) => new URL(path, import.meta.url)

/** A patient's token, an observation of another patient, and an id of the same length that never existed. */
const prepareAttack = async (base: string) => {
  const { access_token } = await signIn(base, {
    username: 'john',
    scope: 'openid launch/patient patient/*.rs',
    application: carekeyAt(base),
  })
  const clinician = await signIn(base, {
    username: 'lee',
    scope: 'openid user/*.rs',
    application: carekeyAt(base),
  })
  const read = (path: string) =>
    fetch(`${base}/fhir/${path}`, { headers: { authorization: `Bearer ${clinician.access_token}` } })
  const contents = (await (await read('Observation?patient=jane-doe&_count=1')).json()) as {
    entry?: { resource: { id: string } }[]
  }
  const others = contents.entry?.[0]?.resource.id ?? ''
  const nobodys = `${others.slice(0, -1)}z`
  if (others === '' || (await read(`Observation/${nobodys}`)).status !== 404)
    throw new Error(`${others} or ${nobodys} is not what this benchmark takes it for.`)
  return { accessToken: access_token, ids: { ours: others, bare: nobodys } }
}

/**
 * Measures whether timing reveals if a resource belongs to another patient or never existed. Unlike in the other comparisons, one
 * warm process answers both sides in turns: that is what an attacker would have, and the remaining noise of the machine is the
 * same for both.
 */
export const foreign: Comparison = {
  name: 'foreign',
  contenders: {
    ours: "reading what is another patient's",
    bare: 'reading what never was',
  },
  unit: 'ms',
  prepare: async ({ profiles }) => {
    const [{ config, copy, remove }, { accessToken, ids }] = await prepareOrganization(
      'foreign',
      prepareAttack,
    )
    const server = await startJob(
      script('../guarded-server.ts'),
      { config, database: await copy() },
      { profiles },
    )
    const load: AttemptLoad = { port: config.port, accessToken, ids, attempts: ATTEMPTS }
    return {
      measure: inTurns(async () => {
        const { ours, bare } = await doJob<AttemptLoad, Record<Side, Sample>>(script('load.ts'), load)
        return { ours: { [VARIANT]: ours }, bare: { [VARIANT]: bare } }
      }),
      aims: { [VARIANT]: 1.05 },
      close: async () => {
        await server.stop()
        await remove()
      },
    }
  },
}
