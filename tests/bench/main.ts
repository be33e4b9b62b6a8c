import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { asksForHelp } from '../../server/cli/terminal.ts'
import { type Comparison, compare, type Result } from './comparison.ts'
import { fhir, type Size } from './fhir/fhir.ts'
import { growth } from './fhir/growth.ts'
import { foreign } from './foreign/foreign.ts'
import { gateway } from './gateway/gateway.ts'
import { describeMachine, describeVersions } from './machine.ts'
import { large } from './popup/large.ts'
import { popup } from './popup/popup.ts'
import { search } from './popup/search.ts'
import { table } from './table.ts'
import { token } from './token/token.ts'
import { withings } from './withings/withings.ts'

const RESULTS = 'bench-results.json'
const PROFILES = '.cache/profiles'

const USAGE = `Usage: npm run bench -- [NAME]… [--rounds N] [--seconds S] [--profile] [--patients N,…] [--postgres N,…]

Runs the benchmarks, or those named: popup, search, large, fhir, gateway, withings, token, foreign. Each is a comparison side by side, as a ratio of
medians; docs/benchmarks.md says what is compared with what. Prints a table and writes ${RESULTS}.

  --rounds N      rounds of each comparison; by default 3
  --seconds S     seconds of each measurement; by default 1
  --profile       writes a CPU profile of each server to ${PROFILES}
  --patients N,…  sizes of the records on SQLite; by default 1000,10000
  --postgres N,…  sizes of the records on PostgreSQL; by default none`

const choose = (names: readonly string[], sizes: readonly Size[]): readonly Comparison[] => {
  const comparisons = [popup, search, large, ...sizes.map(fhir), gateway, withings, token, foreign]
  const subjects = [...new Set(comparisons.map(subjectOf))]
  const unknown = names.filter((name) => !subjects.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no benchmark ${unknown.join(', ')}. There are ${subjects.join(', ')}.`)
  return comparisons.filter((comparison) => names.length === 0 || names.includes(subjectOf(comparison)))
}

const subjectOf = ({ name }: Comparison): string => name.split(' ', 1)[0] ?? ''

const positive = (option: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${option} takes a number above 0.`)
  return value
}

const sizesOf = (engine: Size['engine'], option: string, text: string): Size[] =>
  text === '' ? [] : text.split(',').map((each) => ({ engine, patients: positive(option, each) }))

const main = async (): Promise<void> => {
  if (asksForHelp(process.argv.slice(2))) return console.log(USAGE)
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '1' },
      profile: { type: 'boolean', default: false },
      patients: { type: 'string', default: '1000,10000' },
      postgres: { type: 'string', default: '' },
    },
  })
  const selection = choose(positionals, [
    ...sizesOf('sqlite', 'patients', values.patients),
    ...sizesOf('postgres', 'postgres', values.postgres),
  ])
  const rounds = Math.ceil(positive('rounds', values.rounds))
  const forMs = positive('seconds', values.seconds) * 1000
  const machine = describeMachine()
  const results: Result[] = []
  const findings: string[] = []
  for (const comparison of selection) {
    const compared = await compare(comparison, {
      rounds,
      forMs,
      say: console.log,
      ...(values.profile && { profiles: resolve(PROFILES) }),
    })
    results.push(...compared.results)
    findings.push(...compared.findings.map((finding) => `${comparison.name}: ${finding}`))
  }
  findings.push(...growth(results))
  const measurements = { measuredAt: new Date().toISOString(), machine, versions: describeVersions() }
  writeFileSync(
    RESULTS,
    `${JSON.stringify({ ...measurements, rounds, forMs, results, findings }, undefined, 2)}\n`,
  )

  console.log(`\n${table(results)}\n`)
  if (findings.length > 0) console.log(`${findings.join('\n')}\n`)
  console.log(
    'ours, bare: medians of the rounds. ratio: ours over bare. of each round: its lowest, middle and highest ratio.',
  )
  console.log(`Everything measured is in ${RESULTS}.${values.profile ? ` Profiles are in ${PROFILES}.` : ''}`)
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
