import { createApp } from '../../../server/app.ts'
import { dailyMeasurer } from '../../../server/demo/withings/people.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import type { Side } from '../comparison.ts'
import { answerJob } from '../job.ts'

/** What a person with ten years of daily readings waits for, in milliseconds. */
export interface Screens {
  /** From the first request on: its answer, and everything being here. */
  readonly first: number
  readonly whole: number
  /** Each later request. */
  readonly later: readonly number[]
}

const YEARS = 10
const LATER = 100
/** As in the product. */
const PATIENCE = 2_000
/** What the popup asks for. */
const SCREEN = 'Observation?category=vital-signs&_sort=-date&_count=200'

/** The same records, with the same people signed in, and no way to Withings. */
const withoutWithings = async (organization: WithingsOrganization): Promise<void> => {
  const { stop, store, database, config } = organization
  await stop()
  const app = await createApp({
    config: { ...config, source: { kind: 'embedded' } },
    store,
    clock: Date.now,
    keyFile: database.keyFile,
    logKey: { file: database.logKey },
  })
  await app.listen({ host: config.host, port: config.port })
}

answerJob(async (side: Side): Promise<Screens> => {
  const organization = await startWithingsOrganization({
    people: [dailyMeasurer(YEARS)],
    patience: PATIENCE,
  })
  const details = { given: 'Dora', family: 'Daily', birthdate: '1980-01-02' }
  const tokens = await signInWithWithings(organization, { username: 'daily', details })
  const screen = async (): Promise<{ ms: number; isWhole: boolean }> => {
    const began = performance.now()
    const { status, body } = await readFhir(organization, tokens, SCREEN)
    const ms = performance.now() - began
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
    return { ms, isWhole: !JSON.stringify(body.entry).includes('"mode":"outcome"') }
  }
  const untilWhole = async (): Promise<number> => {
    const began = performance.now()
    while (!(await screen()).isWhole);
    return performance.now() - began
  }
  if (side === 'bare') {
    await untilWhole()
    await withoutWithings(organization)
  }
  const first = await screen()
  const whole = first.ms + (first.isWhole ? 0 : await untilWhole())
  const later: number[] = []
  while (later.length < LATER) later.push((await screen()).ms)
  return { first: first.ms, whole, later }
})
