import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { asksForHelp } from '../../server/start/terminal.ts'
import { before } from './before/before.ts'
import { chooseComparisons } from './choose-comparisons.ts'
import { compare, type Result } from './comparison.ts'
import { fhir } from './fhir/fhir.ts'
import { growth } from './fhir/growth.ts'
import { foreign } from './foreign/foreign.ts'
import { gateway } from './gateway/gateway.ts'
import { describeMachine, describeVersions } from './machine.ts'
import { peers } from './peers/peers.ts'
import { large } from './popup/large.ts'
import { popup } from './popup/popup.ts'
import { search } from './popup/search.ts'
import { processes } from './processes/processes.ts'
import { readOptions } from './read-options.ts'
import { table } from './table.ts'
import { token } from './token/token.ts'
import { withings } from './withings/withings.ts'

const RESULTS = 'bench-results.json'
const PROFILES = '.cache/profiles'

const USAGE = `Usage: npm run bench -- [NAME]… [--rounds N] [--seconds S] [--profile] [--patients N,…] [--postgres N,…]

Runs the benchmarks, or those named: popup, search, large, fhir, gateway, withings, token, foreign. Only by name: before, which compares
with an earlier version, and peers, which compares with other libraries; both download packages the first time; and processes, which
compares two server processes with one, on Linux with two cores or more. Each is a comparison side by side, as a ratio of medians;
docs/benchmarks.md says what is compared with what. Prints a table and writes ${RESULTS}.

  --rounds N      rounds of each comparison; by default 3
  --seconds S     seconds of each measurement; by default 1
  --profile       writes a CPU profile of each server to ${PROFILES}
  --patients N,…  sizes of the records on SQLite; by default 1000,10000
  --postgres N,…  sizes of the records on PostgreSQL; by default none`

const main = async (): Promise<void> => {
  if (asksForHelp(process.argv.slice(2))) return console.log(USAGE)
  const { names, rounds, forMs, profile, sizes } = readOptions(process.argv.slice(2))
  const selection = chooseComparisons(
    [popup, search, large, ...sizes.map(fhir), gateway, withings, token, foreign, before, peers, processes],
    names,
  )
  const machine = describeMachine()
  const results: Result[] = []
  const findings: string[] = []
  for (const comparison of selection) {
    const compared = await compare(comparison, {
      rounds,
      forMs,
      say: console.log,
      ...(profile && { profiles: resolve(PROFILES) }),
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
  console.log(`Everything measured is in ${RESULTS}.${profile ? ` Profiles are in ${PROFILES}.` : ''}`)
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
