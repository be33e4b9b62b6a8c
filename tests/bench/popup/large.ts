import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startOrganization } from '../../e2e/organization.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { inTurns } from '../in-turns.ts'
import { doJob } from '../job.ts'
import { median } from '../statistics.ts'
import { buildFor, freshFolder } from './build-for.ts'
import type { LargeJob, LargeMeasured } from './large-pages.ts'
import type { Task } from './longest-task.ts'

const OBSERVATIONS = 200
const EACH = 50_000
const OPENINGS = 5
const AIM_MS = 50

const VARIANTS = {
  popup: 'popup, vital signs',
  summary: 'summary, vital signs',
  export: 'summary, export',
} as const
const PARTS = ['popup', 'summary', 'export'] as const

/**
 * Measures the longest task on a page's main thread while a Bundle of 10 MB is read and shown, or exported. In processor time,
 * because other work on the machine stretches every other clock.
 */
export const large: Comparison = {
  name: 'popup 10 MB',
  contenders: { ours: 'longest task of the page', bare: 'JSON.parse of the same Bundle in a page' },
  unit: 'ms',
  prepare: async () => {
    const folder = await freshFolder('popup-large')
    const riverside = await startOrganization('riverside', folder)
    const file = join(folder, 'large.ndjson')
    const observations = largeObservations()
    await writeFile(file, observations.map((each) => JSON.stringify(each)).join('\n'))
    const db = `sqlite:${join(folder, 'riverside.db')}`
    execFileSync(process.execPath, ['server/cli/import/main.ts', '--db', db, file], { stdio: 'ignore' })
    const bundle = join(folder, 'bundle.json')
    const entry = observations.map((resource) => ({ resource }))
    await writeFile(bundle, JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }))
    const extension = await buildFor(folder, [riverside])
    const job: LargeJob = { folder, extension, organization: riverside.name, bundle, openings: OPENINGS }
    const rounds: LargeMeasured[] = []
    return {
      measure: inTurns(async () => {
        const measurements = await doJob<LargeJob, LargeMeasured>(
          new URL('large-pages.ts', import.meta.url),
          job,
        )
        rounds.push(measurements)
        const bare = sampleOf(measurements.bare)
        return {
          ours: Object.fromEntries(PARTS.map((part) => [VARIANTS[part], sampleOf(measurements[part])])),
          bare: Object.fromEntries(PARTS.map((part) => [VARIANTS[part], bare])),
        }
      }),
      aims: {},
      findings: async () =>
        PARTS.map((part) => {
          const tasks = rounds.flatMap((round) => round[part])
          const longest = (times: number[]) => Math.max(...times).toFixed(1)
          const cpu = longest(tasks.map((task) => task.cpu))
          const met = Number(cpu) <= AIM_MS ? 'met' : 'missed'
          return `${VARIANTS[part]}: the longest of all took ${cpu} ms (by the clock ${longest(tasks.map((task) => task.wall))}); aim ≤ ${AIM_MS}, ${met}.`
        }),
      close: async () => {
        await riverside.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

const sampleOf = (tasks: readonly Task[]): Sample => {
  const times = tasks.map(({ cpu }) => cpu)
  return { value: median(times), times }
}

/** Weights of the last 200 days, each with a note as long as a whole ward report. */
const largeObservations = (): object[] =>
  Array.from({ length: OBSERVATIONS }, (_, day) => ({
    resourceType: 'Observation',
    id: `large-${day}`,
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    subject: { reference: 'Patient/john-doe' },
    effectiveDateTime: new Date(Date.now() - day * 24 * 3_600_000).toISOString(),
    valueQuantity: { value: 81 + day / 100, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    note: Array.from({ length: 50 }, (_none, paragraph) => ({
      text: `${day}.${paragraph} ${'Weighed before breakfast, in light clothes. '.repeat(30)}`.slice(
        0,
        EACH / 50 - 12,
      ),
    })),
  }))
