/**
 * The benchmarks, or those named: `npm run bench -- [NAME]… [--rounds N] [--seconds S] [--profile]`. Each is a
 * comparison side by side, told as a ratio of medians; `docs/benchmarks.md` says what is compared with what.
 */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Comparison, compare, type Result } from './comparison.ts'
import { fhir } from './fhir/fhir.ts'
import { foreign } from './foreign/foreign.ts'
import { describeMachine, describeVersions } from './machine.ts'
import { popup } from './popup/popup.ts'
import { table } from './table.ts'
import { token } from './token/token.ts'

const comparisons: readonly Comparison[] = [popup, fhir, token, foreign]

const RESULTS = 'bench-results.json'
const PROFILES = '.cache/profiles'

const choose = (names: readonly string[]): readonly Comparison[] => {
  const known = comparisons.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no benchmark ${unknown.join(', ')}. There are ${known.join(', ')}.`)
  return comparisons.filter(({ name }) => names.length === 0 || names.includes(name))
}

const positive = (option: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${option} takes a number above 0.`)
  return value
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      profile: { type: 'boolean', default: false },
    },
  })
  const chosen = choose(positionals)
  const rounds = Math.ceil(positive('rounds', values.rounds))
  const forMs = positive('seconds', values.seconds) * 1000
  const machine = describeMachine()
  const results: Result[] = []
  for (const comparison of chosen) {
    results.push(
      ...(await compare(comparison, {
        rounds,
        forMs,
        say: console.log,
        ...(values.profile && { profiles: resolve(PROFILES) }),
      })),
    )
  }
  const measured = { measuredAt: new Date().toISOString(), machine, versions: describeVersions() }
  writeFileSync(RESULTS, `${JSON.stringify({ ...measured, rounds, forMs, results }, undefined, 2)}\n`)

  console.log(`\n${table(results)}\n`)
  console.log(
    'ours, bare: medians of the rounds. ratio: ours over bare. of each round: its lowest, middle and highest ratio.',
  )
  console.log(`Everything measured is in ${RESULTS}.${values.profile ? ` Profiles are in ${PROFILES}.` : ''}`)
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
