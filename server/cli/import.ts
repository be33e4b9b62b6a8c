import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keepFilesPrivate } from '../store/private-file.ts'
import type { Store } from '../store/store.ts'
import type { AbsentPatients } from './absent-patients.ts'
import { DatabaseUrlError, openStore } from './database.ts'
import { type ImportProgress, type ImportReport, importFiles } from './import-records.ts'
import { LARGEST } from './records.ts'
import type { UnresolvedGroup } from './unresolved-groups.ts'

const USAGE = `Usage: npm run fhir:import -- --db URL FILE…

Loads FHIR R4 JSON: a resource, a Bundle (every resource in it), or NDJSON. A folder stands for every .json and .ndjson
file in it. Each resource keeps its id; one without an id is refused, but in a Bundle it is given one, the same at each
import. One that is there already is replaced.

References between the entries of a Bundle, and conditional ones (Patient?identifier=system|value), become Type/id. What is
about a patient whose reference cannot be resolved is refused. A Bundle, or a line of NDJSON, has at most ${LARGEST / 1_000_000} MB.

  --db URL   sqlite:PATH, for example sqlite:data/carekey.db, or postgres://…

Exit status: 0 when something was imported and every file could be read; resources that were refused are named and do
not change it. 1 when nothing was imported or a file could not be read. 2 when the command was not understood.`

const main = async (args: string[]): Promise<number> => {
  const command = readCommand(args)
  if (typeof command === 'string') return fail(2, `${USAGE}\n\n${command}`)
  let store: Store
  try {
    store = await openStore(command.db)
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error
    return fail(2, error.message)
  }
  const progress = progressLine()
  try {
    const report = await importFiles(store, await filesIn(command.files), Date.now, {
      refused: ({ file, place, name, reason }) =>
        progress.say(`refused ${name} (${place ? `${file}, ${place}` : file}): ${reason}`),
      failed: ({ file, reason }) => progress.say(`failed ${file}: ${reason}`),
      progress: progress.show,
    })
    progress.clear()
    return print(report)
  } catch (error) {
    progress.clear()
    return fail(1, `The import stopped: ${error instanceof Error ? error.message : error}`)
  } finally {
    await store.close()
  }
}

const readCommand = (args: string[]): { db: string; files: string[] } | string => {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { db: { type: 'string' } },
      allowPositionals: true,
    })
    if (!values.db) return '--db is missing: which database should take the records?'
    if (positionals.length === 0) return 'No file was named.'
    return { db: values.db, files: positionals }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** More files than a command line takes can be named by their folder. What is missing is reported with the rest. */
const filesIn = async (paths: readonly string[]): Promise<string[]> => {
  const files: string[] = []
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (!found?.isDirectory()) {
      files.push(path)
      continue
    }
    const names = await readdir(path, { recursive: true })
    files.push(
      ...names
        .filter((name) => /\.(json|ndjson)$/.test(name))
        .sort()
        .map((name) => join(path, name)),
    )
  }
  return files
}

/** Prints the report and returns the exit status; the last line gives its reason. */
const print = (report: ImportReport): number => {
  const rows = [...report.counts].sort(([a], [b]) => (a < b ? -1 : 1))
  const sum = (of: 'created' | 'replaced' | 'refused') => rows.reduce((all, [, count]) => all + count[of], 0)
  const [created, replaced, refused] = [sum('created'), sum('replaced'), sum('refused')]
  if (rows.length > 0) {
    console.log(tableRow('Type', 'new', 'replaced', 'refused'))
    for (const [type, count] of rows)
      console.log(tableRow(type, count.created, count.replaced, count.refused))
    console.log(tableRow('All', created, replaced, refused))
  }
  const imported = created + replaced
  const outcome = `${number(imported)} of ${number(imported + refused)} resources imported from ${number(report.files)} files`
  if (report.failures > 0)
    return fail(
      1,
      `${outcome}; ${number(report.failures)} times a file or a line could not be read, named above.`,
    )
  for (const group of report.unresolved) console.error(unresolvedLine(group))
  const { absent } = report
  if (absent.resources > 0) console.error(absentLine(absent))
  if (imported === 0)
    return fail(
      1,
      `Nothing was imported: ${refused === 0 ? 'no resource was found' : 'every resource was refused, with the reasons above'}.`,
    )
  const named = report.unresolved.filter(({ reason }) => reason === 'by-name-only')
  const inNoRecord = absent.resources + named.reduce((all, { count }) => all + count, 0)
  const unreachable = inNoRecord > 0 ? `, ${number(inNoRecord)} of them in the record of no patient here` : ''
  const refusals = refused > 0 ? `; ${number(refused)} refused` : ''
  console.log(`${outcome}${unreachable}${refusals}${unreachable || refusals ? ', named above' : ''}.`)
  return 0
}

const REASONS: Record<UnresolvedGroup['reason'], string> = {
  nobody: 'that name nobody',
  several: 'that fit more than one resource',
  'another-server': 'to another server',
  'unsupported-condition': 'that are searches other than identifier=system|value',
  malformed: 'that cannot be read',
  'by-name-only': 'to their patient by name or identifier only',
}

/** Formats a line for each kind; values from a file are quoted, because they may contain anything. */
const unresolvedLine = ({ type, reason, count, examples }: UnresolvedGroup): string =>
  `unresolved: ${number(count)} references of ${type} ${REASONS[reason]}, such as ${examples.map((it) => JSON.stringify(it)).join(', ')}`

const absentLine = ({ resources, patients, examples }: AbsentPatients): string => {
  const names = examples.map(({ patient, resources }) => `Patient/${patient} (${number(resources)})`)
  return `absent: ${number(resources)} resources are about ${number(patients)} patients who are not in the database: ${names.join(', ')}${patients > names.length ? ', …' : ''}`
}

const tableRow = (type: string, ...cells: (string | number)[]): string =>
  type.padEnd(34) +
  cells.map((cell) => (typeof cell === 'number' ? number(cell) : cell).padStart(10)).join('')

const number = (value: number): string => value.toLocaleString('en-US')

/** One line that is rewritten on a terminal, and a line every five seconds elsewhere; nothing in the first second. */
const progressLine = () => {
  const terminal = process.stderr.isTTY
  const started = performance.now()
  let next = started + 1000
  let shown = false
  const clear = () => {
    if (shown && terminal) process.stderr.write('\r\x1b[K')
    shown = false
  }
  return {
    show: ({ files, seen }: ImportProgress) => {
      const now = performance.now()
      if (now < next) return
      next = now + (terminal ? 100 : 5000)
      const rate = Math.round((seen * 1000) / (now - started))
      const text = `${number(files)} files read, ${number(seen)} resources seen, ${number(rate)} a second`
      process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`)
      shown = true
    },
    /** Prints a separate line. */
    say: (line: string) => {
      clear()
      console.error(line)
    },
    clear,
  }
}

const fail = (status: number, reason: string): number => {
  console.error(reason)
  return status
}

keepFilesPrivate()
process.exitCode = await main(process.argv.slice(2))
