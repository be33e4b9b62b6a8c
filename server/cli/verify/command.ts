import { existsSync } from 'node:fs'
import { findLogKey, findPinnedCheckpoint, pinnedFile } from '../../audit/checkpoint/log-key.ts'
import { Finding } from '../../audit/entry/finding.ts'
import type { OutsideCheckpoint } from '../../audit/verify/verify-checkpoints.ts'
import { type SoundLog, verifyLog } from '../../audit/verify/verify-log.ts'
import { replacePrivateFile } from '../../files/private-file.ts'
import { readTextFile } from '../../files/read-text-file.ts'
import { applyConfigOption } from '../../start/config-option.ts'
import { DatabaseUrlError, defaultLogKey } from '../../start/database-url.ts'
import { withReader } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { asksForHelp, printing, type Terminal } from '../../start/terminal.ts'
import { StoreUnavailable } from '../../store/store.ts'

const USAGE = `Usage: npm run audit:verify -- --db URL|--config FILE [--checkpoint FILE] [--from FILE]
                         [--log-key FILE]

Rebuilds the access log from its entries and compares it with the stored hashes and the signed checkpoints: in the database,
beside the key, and in FILE. Names the first entry that was edited, removed, moved, blanked, inserted, forged or set back. It
changes nothing in the database, and works while the server runs.

  --db URL           sqlite:PATH or postgres://…
  --config FILE      the server's configuration, which names the database
  --checkpoint FILE  a checkpoint that was saved on another machine, from B/audit/checkpoint
  --from FILE        the checkpoint that the last check confirmed: of the entries that it covers, only the hashes are read.
                     Where there is no file, everything is read. If the log is sound, the largest checkpoint that was compared is written there
  --log-key FILE     the key that signs checkpoints, or its public half from B/audit/key; by default the key that the server uses

Exit status: 0 if the log is sound, 1 if it is not, 2 if it could not be checked, also because
there is no key.`

/** Of a checkpoint, in kB. */
const LARGEST_NOTE = 64

type Output = Pick<Terminal, 'stdout' | 'stderr'>

/** Runs `npm run audit:verify -- …`. @returns the exit status. */
export const runVerifyCommand = async (args: string[], output: Output): Promise<number> => {
  const { print, printUsage, fail } = printing(output)
  if (asksForHelp(args)) {
    printUsage(USAGE)
    return 0
  }
  const command = await readCommand(args)
  if (typeof command === 'string') return fail(2, command, USAGE)
  const { db, checkpoint, from, keyFile } = command
  try {
    const key = await findLogKey(keyFile)
    const pinned = await findPinnedCheckpoint(keyFile)
    const others = [
      ...(checkpoint ? [await readNote(checkpoint)] : []),
      ...(pinned === undefined ? [] : [{ note: pinned, label: pinnedFile(keyFile) }]),
    ]
    const verified = from !== undefined && existsSync(from) ? await readNote(from) : undefined
    const log = await withReader(
      db,
      async (reader) => key && verifyLog(reader.db, key, { others, ...(verified && { verified }) }),
    )
    if (!log)
      return fail(
        2,
        `There is no file ${keyFile}, which should hold the key that signed the log, so nothing was checked. Name the key, or its public half from B/audit/key, with --log-key.`,
      )
    // Never a smaller one than before, because that was compared, too: it stands outside of the reach of whoever writes the database.
    if (from !== undefined && log.confirmed !== undefined) await replacePrivateFile(from, log.confirmed)
    if (log.entries > 0 && log.unsigned === log.entries)
      return fail(
        1,
        'Nothing of this log is signed, so anybody could have written it. A server signs within seconds.',
      )
    if (verified) print(`What the entries that ${from} covered say was not read again, only their hashes.`)
    for (const line of linesOf(log)) print(line)
    return 0
  } catch (error) {
    if (error instanceof Finding) return fail(1, error.message)
    if (error instanceof DatabaseUrlError) return fail(2, error.message)
    const fault = error instanceof StoreUnavailable ? error.cause : error
    return fail(2, `The log could not be checked: ${fault instanceof Error ? fault.message : fault}`)
  }
}

const readNote = async (file: string): Promise<OutsideCheckpoint> => ({
  note: await readTextFile(file, LARGEST_NOTE),
  label: file,
})

interface VerifyCommand {
  readonly db: string
  /** Of the log's key. */
  readonly keyFile: string
  readonly checkpoint?: string
  readonly from?: string
}

const readCommand = async (words: string[]): Promise<VerifyCommand | string> => {
  try {
    const { args, settings } = await applyConfigOption(words)
    const { values } = parseArguments({
      args,
      options: {
        db: { type: 'string' },
        checkpoint: { type: 'string' },
        from: { type: 'string' },
        'log-key': { type: 'string' },
      },
    })
    const { db, checkpoint, from, 'log-key': key } = values
    if (!db) return '--db is missing. Give the database that holds the log, or --config.'
    return {
      db,
      keyFile: key ?? defaultLogKey(db, settings?.file),
      ...(checkpoint !== undefined && { checkpoint }),
      ...(from !== undefined && { from }),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const linesOf = ({
  entries,
  waiting,
  checkpoints,
  unsigned = 0,
  erased = 0,
  setBack,
  newKey,
}: SoundLog): string[] => {
  const lines: string[] = []
  if (setBack !== undefined)
    lines.push(
      `The log was set back on purpose on ${new Date(setBack).toISOString()}; older checkpoints in the database were not compared.`,
    )
  if (newKey !== undefined)
    lines.push(
      `Another key signs the log since ${new Date(newKey).toISOString()}; signatures of earlier entries were not compared.`,
    )
  if (waiting > 0)
    lines.push(
      `${plural(waiting, 'entry waits', 'entries wait')} for ${waiting === 1 ? 'its' : 'their'} place.`,
    )
  if (unsigned > 0)
    lines.push(
      `${plural(unsigned, 'entry is', 'entries are')} newer than the last checkpoint, so nothing shows that ${unsigned === 1 ? 'it is' : 'they are'} as written. A server signs within seconds.`,
    )
  if (erased > 0)
    lines.push(
      `${plural(erased, 'entry was erased, as the log records', 'entries were erased, as the log records')}.`,
    )
  const counts = [plural(entries, 'entry', 'entries'), plural(checkpoints, 'checkpoint', 'checkpoints')]
  return [...lines, `The access log is sound: ${counts.join(', ')}.`]
}

const plural = (value: number, one: string, others: string): string =>
  `${value.toLocaleString('en-US')} ${value === 1 ? one : others}`
