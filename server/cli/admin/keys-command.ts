import {
  addSigningKey,
  belongsTo,
  createKeyFile,
  findKeyFile,
  type KeyFile,
  newKeyFile,
  replaceAllKeys,
  replaceKeyFile,
} from '../../keys/key-file.ts'
import { findKeyId, finishRotation, lockKeys, otherKeys, storeKeyId } from '../../keys/keys.ts'
import { resealTokens } from '../../sources/withings/token-sealer.ts'
import type { FileSettings } from '../../start/config-file.ts'
import { defaultDatabase, defaultKeyFile } from '../../start/database-url.ts'
import { withStore } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { AdminError, type Terminal, UsageError } from '../../start/terminal.ts'
import { configOf, logChange, timeOf } from './log-change.ts'

const OPTIONS = { db: { type: 'string', default: defaultDatabase }, keys: { type: 'string' } } as const

/** Lists the keys that sign id_tokens, the newest first. @throws AdminError */
export const listKeys = async (
  args: string[],
  _terminal?: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const { db, keys } = parseArguments({ args, options: OPTIONS }).values
  const file = keys ?? defaultKeyFile(db, settings?.file)
  return { keys: describeKeys(await requireKeys(file)) }
}

const ROTATION = {
  ...OPTIONS,
  lost: { type: 'boolean', default: false },
  compromised: { type: 'boolean', default: false },
} as const

/**
 * Creates a key that signs id_tokens from the next request on. The previous key stays published as long as anything that it
 * signed is valid. With `--compromised`, every key is replaced, and what the former ones signed or sealed ends at once.
 *
 * @throws AdminError, UsageError
 */
export const rotateKeys = async (
  args: string[],
  _terminal?: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const { values } = parseArguments({ args, options: ROTATION })
  const { db, lost, compromised } = values
  if (lost && compromised) throw new UsageError('--lost and --compromised cannot be combined. Choose one.')
  const file = values.keys ?? defaultKeyFile(db, settings?.file)
  const renew = lost ? undefined : compromised ? replaceAllKeys : addSigningKey
  return withStore(db, async (store) => {
    const config = await configOf(store)
    await store.write(async (trx) => {
      // Commands that run at the same time take turns, so that each reads what the previous one wrote.
      await lockKeys(trx)
      // Before the file is changed, because a clock that is not to be trusted ends the command.
      const now = await timeOf(trx)
      const use = async ({ signing: [{ key }] }: KeyFile, because?: string) => {
        await storeKeyId(trx, key.kid)
        const details = { change: 'keys', key: key.kid, ...(because && { because }) }
        await logChange(trx, config, { kind: 'register', details })
      }
      const mark = await findKeyId(trx)
      const before = lost ? await findKeyFile(file) : await requireKeys(file)
      if (before && !belongsTo(before, mark)) throw new AdminError(otherKeys(file))
      // A rotation was interrupted after it had changed the file.
      const isInterrupted = before !== undefined && mark !== undefined && before.signing[0].key.kid !== mark
      if (isInterrupted) await use(before)
      if (before && renew) {
        const keys = await renew(before, now)
        await replaceKeyFile(file, keys)
        await use(keys, compromised ? 'compromised' : undefined)
      } else if (!isInterrupted) await use(await replaceLostKeys(file, now, mark))
    })
    // If this is interrupted, the next start or rotation completes it.
    await finishRotation(store, file, resealTokens)
    return { keys: describeKeys(await requireKeys(file)) }
  })
}

/** Makes a file that tells which one it replaces, so that the command can be repeated after it was interrupted. @throws AdminError */
const replaceLostKeys = async (file: string, now: number, mark: string | undefined): Promise<KeyFile> => {
  const keys = { ...(await newKeyFile(now)), ...(mark !== undefined && { replaces: mark }) }
  if (!(await createKeyFile(file, keys)))
    throw new AdminError(
      `${file} exists, so its keys are not lost. Run the command without --lost to rotate them.`,
    )
  return keys
}

const requireKeys = async (file: string): Promise<KeyFile> => {
  const keys = await findKeyFile(file)
  if (!keys)
    throw new AdminError(
      `There is no key file ${file}. Name it with --keys. The server creates it at its first start.`,
    )
  return keys
}

const describeKeys = ({ signing }: KeyFile): object[] =>
  signing.map(({ key, since, until }) => ({
    kid: key.kid,
    since,
    ...(until === undefined ? { state: 'signs' } : { until, state: isExpired(until) ? 'over' : 'published' }),
  }))

const isExpired = (until: string): boolean => Date.parse(until) <= Date.now()
