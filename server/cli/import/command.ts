import type { Source } from '../../config.ts'
import { applyConfigOption } from '../../start/config-option.ts'
import { DatabaseUrlError } from '../../start/database-url.ts'
import { openForImport } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { asksForHelp, printing, type Terminal } from '../../start/terminal.ts'
import { findSourceKind } from '../../store/known-organization.ts'
import { type Store, StoreUnavailable } from '../../store/store.ts'
import type { AbsentPatients } from './absent-patients.ts'
import { type ImportReport, importFiles, NAMED, type NewPatient, type Refusal } from './import-records.ts'
import { InputMissing, inputFiles } from './input-files.ts'
import { progressLine } from './progress-line.ts'
import { LARGEST } from './records.ts'
import type { UnresolvedGroup } from './unresolved-groups.ts'

const USAGE = `Usage: npm run fhir:import -- --db URL|--config FILE FILE…

Imports FHIR R4 JSON: a resource, a Bundle (every resource in it), or NDJSON. A folder stands for every .json and .ndjson
file in it. Each resource keeps its id and replaces the stored one with the same type and id; of two in the files, the later one
counts. A resource without an id is refused, except in a Bundle, where it gets an id that is the same at each import.

References between the entries of a Bundle, and conditional ones (Patient?identifier=system|value), become Type/id. A resource
is refused if the reference to its patient cannot be resolved. A Bundle, or a line of NDJSON, has at most ${LARGEST / 1_000_000} MB.

  --db URL        sqlite:PATH, for example sqlite:data/carekey.db, or postgres://…
  --config FILE   the server's configuration, which names the database
  --all-refusals  names every refused resource; by default the first few of each type and reason, and counts the rest

Exit status: 0 if something was imported and every file could be read; refused resources do not change it.
1 if nothing was imported or a file could not be read. 2 if the command was not understood.`

type Output = Pick<Terminal, 'stdout' | 'stderr'>

/** Runs `npm run fhir:import -- …`. @returns the exit status. */
export const runImportCommand = async (args: string[], output: Output): Promise<number> => {
  const { print, printError, printUsage, fail } = printing(output)
  if (asksForHelp(args)) {
    printUsage(USAGE)
    return 0
  }
  const command = await readCommand(args)
  if (typeof command === 'string') return fail(2, command, USAGE)
  if (command.source && command.source.kind !== 'embedded') return fail(1, refuseSource(command.source.kind))
  let files: string[]
  let store: Store
  let finish: (() => Promise<void>) | undefined
  try {
    // Before the database is opened, because a mistyped name must not leave a new, empty one behind.
    files = await inputFiles(command.paths)
    const opened = await openForImport(command.db)
    store = opened.store
    finish = opened.finish
    if (opened.created) print(opened.created)
  } catch (error) {
    if (error instanceof InputMissing) return fail(1, error.message)
    if (!(error instanceof DatabaseUrlError)) throw error
    return fail(2, error.message)
  }
  // The file may have changed, or --db may name the database itself, so the source that its server was started with counts too.
  const kind = await findSourceKind(store)
  if (kind !== 'embedded') {
    await store.close()
    return fail(1, command.source ? refuseFormer(kind) : refuseSource(kind))
  }
  const progress = progressLine(output)
  const refusalLines = createRefusalLines(command.allRefusals)
  try {
    const report = await importFiles(store, files, Date.now, {
      onRefused: (refusal) => {
        const line = refusalLines.add(refusal)
        if (line !== undefined) progress.printLine(line)
      },
      onFailed: ({ file, reason }) => progress.printLine(`failed ${file}: ${reason}`),
      onProgress: progress.show,
    })
    if (finish) progress.say('Building the indexes of the new database …')
    await (finish?.() ?? store.close())
    progress.clear()
    for (const line of refusalLines.rest()) printError(line)
    return printReport(report, output)
  } catch (error) {
    progress.clear()
    await store.close()
    const fault = error instanceof StoreUnavailable ? (error.cause ?? error) : error
    return fail(1, `The import stopped: ${fault instanceof Error ? fault.message : fault}`)
  }
}

interface Command {
  readonly db: string
  /** Files and folders, as they were named. */
  readonly paths: string[]
  readonly allRefusals: boolean
  /** The source that a configuration names. */
  readonly source?: Source
}

const readCommand = async (words: string[]): Promise<Command | string> => {
  try {
    const { args, settings } = await applyConfigOption(words)
    const { values, positionals } = parseArguments({
      args,
      options: { db: { type: 'string' }, 'all-refusals': { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    if (!values.db) return '--db is missing. Give the database that the records go into, or --config.'
    if (positionals.length === 0) return 'No file was named. Give at least one file or folder.'
    return {
      db: values.db,
      paths: positionals,
      allRefusals: values['all-refusals'],
      ...(settings && { source: settings.source }),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Refuses to import records that nobody would read, because the organization's records come from another source. */
const refuseSource = (kind: Source['kind']): string =>
  `Nothing was imported: the records of this organization are not in its own database, because its source is "${kind}".`

const refuseFormer = (kind: Source['kind']): string =>
  `Nothing was imported: the server of this organization was last started with the source "${kind}". Start it with this configuration first.`

/** Prints the report. @returns the exit status; the last printed line gives the reason for it. */
const printReport = (report: ImportReport, output: Output): number => {
  const { print, printError, fail } = printing(output)
  const rows = [...report.counts].sort(([a], [b]) => (a < b ? -1 : 1))
  const sum = (of: keyof (typeof rows)[number][1]) => rows.reduce((all, [, count]) => all + count[of], 0)
  const [created, replaced] = [sum('created'), sum('replaced')]
  const [unchanged, refused] = [sum('unchanged'), sum('refused')]
  if (rows.length > 0) {
    print(tableRow('Type', 'new', 'replaced', 'unchanged', 'refused'))
    for (const [type, count] of rows)
      print(tableRow(type, count.created, count.replaced, count.unchanged, count.refused))
    print(tableRow('All', created, replaced, unchanged, refused))
  }
  const newPatients = report.counts.get('Patient')?.created ?? 0
  if (newPatients > NAMED) print(`New patients: ${formatNumber(newPatients)}`)
  else if (newPatients > 0)
    for (const line of ['New patients:', ...report.newPatients.map(patientLine)]) print(line)
  for (const group of report.unresolved) printError(unresolvedLine(group))
  const { absent, left, superseded } = report
  if (absent.resources > 0) printError(absentLine(absent))
  if (left.size > 0) printError(leftLine(left))
  if (superseded > 0) printError(supersededLine(superseded))
  const importedCount = created + replaced + unchanged
  const outcome = `${formatNumber(importedCount)} of ${formatNumber(importedCount + refused + superseded)} resources imported from ${formatNumber(report.files)} files`
  if (report.failures > 0)
    return fail(
      1,
      `${outcome}; ${formatNumber(report.failures)} files or lines could not be read; they are listed above.`,
    )
  if (importedCount === 0)
    return fail(
      1,
      `Nothing was imported: ${refused === 0 ? 'no resource was found' : 'every resource was refused, for the reasons above'}.`,
    )
  const unplaced = report.unresolved.filter(
    ({ reason }) => reason === 'by-name-only' || reason === 'no-patient',
  )
  const inNoRecord = absent.resources + unplaced.reduce((all, { count }) => all + count, 0)
  const unreachable =
    inNoRecord > 0 ? `, ${formatNumber(inNoRecord)} of them not in the record of any patient here` : ''
  const leaving = [...left.values()].reduce((all, count) => all + count, 0)
  const departures = leaving > 0 ? `; ${formatNumber(leaving)} left a patient's record` : ''
  const refusals = refused > 0 ? `; ${formatNumber(refused)} refused` : ''
  const same = unchanged > 0 ? `; ${formatNumber(unchanged)} unchanged` : ''
  const earlier = superseded > 0 ? `; ${formatNumber(superseded)} superseded` : ''
  const details = unreachable || departures || refusals || earlier ? '; details above' : ''
  print(`${outcome}${unreachable}${same}${departures}${refusals}${earlier}${details}.`)
  return 0
}

/** Gives the id that `user add --patient` takes. */
const patientLine = ({ id, name, birthDate }: NewPatient): string =>
  `  Patient/${id}  ${name}${birthDate === undefined ? '' : `, born ${birthDate}`}`

const REASONS: Record<UnresolvedGroup['reason'], string> = {
  nobody: 'that match no resource',
  several: 'that match more than one resource',
  'another-server': 'to another server',
  'unsupported-condition': 'that are searches other than identifier=system|value',
  malformed: 'that are malformed',
  'by-name-only': 'to their patient by name or identifier only',
  'no-patient': 'name no patient',
}

/** Formats one line. Values from a file are quoted, because they may contain anything. */
const unresolvedLine = ({ type, reason, count, examples }: UnresolvedGroup): string =>
  `unresolved: ${formatNumber(count)} ${reason === 'no-patient' ? 'resources' : 'references'} of ${type} ${REASONS[reason]}, such as ${examples.map((it) => JSON.stringify(it)).join(', ')}`

const absentLine = ({ resources, patients, examples }: AbsentPatients): string => {
  const names = examples.map(({ patient, resources }) => `Patient/${patient} (${formatNumber(resources)})`)
  return `absent: ${formatNumber(resources)} resources are about ${formatNumber(patients)} patients who are not in the database: ${names.join(', ')}${patients > names.length ? ', …' : ''}`
}

const leftLine = (leaverCounts: ReadonlyMap<string, number>): string => {
  const patients = [...leaverCounts].sort(([, a], [, b]) => b - a)
  const names = patients.slice(0, 5).map(([patient, count]) => `Patient/${patient} (${formatNumber(count)})`)
  return `left: resources left the record of ${formatNumber(patients.length)} patients, because others of the same type and id replaced them: ${names.join(', ')}${patients.length > names.length ? ', …' : ''}`
}

const supersededLine = (superseded: number): string =>
  `superseded: ${formatNumber(superseded)} resources waited for one that they refer to, and were not stored because a later one of the same type and id followed`

const tableRow = (type: string, ...cells: (string | number)[]): string =>
  type.padEnd(34) +
  cells.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell).padStart(10)).join('')

const formatNumber = (value: number): string => value.toLocaleString('en-US')

/** Refused resources of one type and kind of reason that are named; the rest is counted. */
const NAMED_OF_KIND = 5

/**
 * Makes the lines about refused resources, so that thousands of one kind do not hide the others.
 *
 * @param all whether every resource is named.
 */
const createRefusalLines = (all: boolean) => {
  const counts = new Map<string, number>()
  return {
    /** Returns the line that names the resource; `undefined` if it is only counted. */
    add: ({ file, place, type, name, code, reason }: Refusal): string | undefined => {
      const kind = JSON.stringify([type, code])
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      return all || count <= NAMED_OF_KIND
        ? `refused ${name} (${place ? `${file}, ${place}` : file}): ${reason}`
        : undefined
    },
    /** Returns a line for each kind with resources that were not named. */
    rest: (): string[] =>
      [...counts].flatMap(([kind, count]) =>
        all || count <= NAMED_OF_KIND
          ? []
          : `refused: ${(count - NAMED_OF_KIND).toLocaleString('en-US')} more resources of ${JSON.parse(kind)[0]}, like the ${NAMED_OF_KIND} named above; --all-refusals names every one`,
      ),
  }
}
