import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startOrganization } from '../../e2e/organization.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { inTurns } from '../in-turns.ts'
import { doJob } from '../job.ts'
import { buildFor, freshFolder } from './build-for.ts'
import type { LargeJob } from './longest-block.ts'

const OBSERVATIONS = 200
const EACH = 50_000
const OPENINGS = 5
const AIM_MS = 50

/** The longest that a page is blocked while a Bundle of 10 MB is read and shown, or taken along. */
export const large: Comparison = {
  name: 'popup 10 MB',
  contenders: { ours: 'longest block of the page', bare: 'JSON.parse of the same Bundle in a page' },
  unit: 'ms',
  prepare: async () => {
    const folder = await freshFolder('popup-large')
    const riverside = await startOrganization('riverside', folder)
    const file = join(folder, 'large.ndjson')
    const observations = largeObservations()
    await writeFile(file, observations.map((each) => JSON.stringify(each)).join('\n'))
    const db = `sqlite:${join(folder, 'riverside.db')}`
    execFileSync(process.execPath, ['server/cli/import.ts', '--db', db, file], { stdio: 'ignore' })
    const bundle = join(folder, 'bundle.json')
    const entry = observations.map((resource) => ({ resource }))
    await writeFile(bundle, JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }))
    const extension = await buildFor(folder, [riverside])
    const job: LargeJob = { folder, extension, organization: riverside.name, bundle, openings: OPENINGS }
    const longest: Record<string, number> = {}
    return {
      measure: inTurns(async () => {
        const samples = await doJob<LargeJob, Record<Side, Record<string, Sample>>>(
          new URL('longest-block.ts', import.meta.url),
          job,
        )
        for (const [variant, { times }] of Object.entries(samples.ours))
          longest[variant] = Math.max(longest[variant] ?? 0, ...times)
        return samples
      }),
      aims: {},
      findings: async () =>
        Object.entries(longest).map(
          ([variant, time]) =>
            `${variant}: the longest of all ${time.toFixed(1)} ms; aim ≤ ${AIM_MS}, ${time <= AIM_MS ? 'met' : 'missed'}.`,
        ),
      close: async () => {
        await riverside.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

/** Weights of the last 200 days, each with a note as long as a ward's whole report. */
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
