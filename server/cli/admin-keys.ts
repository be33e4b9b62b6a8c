import { parseArgs } from 'node:util'
import { TERMINAL } from '../audit/access.ts'
import {
  addSigningKey,
  createKeyFile,
  findKeyFile,
  type KeyFile,
  newKeyFile,
  replaceKeyFile,
} from '../oauth/engine/key-file.ts'
import { findKeyId, lockKeys, storeKeyId } from '../oauth/engine/keys.ts'
import type { Db } from '../store/schema.ts'
import { configOf, logChange } from './admin-log.ts'
import { defaultDatabase, openStore } from './database.ts'
import { defaultKeyFile } from './default-key-files.ts'
import { AdminError } from './terminal.ts'

const OPTIONS = { db: { type: 'string', default: defaultDatabase }, keys: { type: 'string' } } as const

/** The keys that sign id_tokens, the newest first: their public ids, since when they sign, and until when they are published. */
export const listKeys = async (args: string[]): Promise<object> => {
  const { db, keys } = parseArgs({ args, options: OPTIONS }).values
  const file = keys ?? defaultKeyFile(db)
  return { keys: listed(await requireKeys(file)) }
}

/**
 * Creates a key that signs id_tokens from the next request on. The previous key stays published as long as anything that it
 * signed is valid.
 *
 * @throws AdminError
 */
export const rotateKeys = async (args: string[]): Promise<object> => {
  const { values } = parseArgs({ args, options: { ...OPTIONS, lost: { type: 'boolean', default: false } } })
  const { db, lost } = values
  const file = values.keys ?? defaultKeyFile(db)
  const store = await openStore(db)
  try {
    const config = await configOf(store)
    return await store.write(async (trx) => {
      // Commands that run at once take turns, so each reads what the one before wrote.
      await lockKeys(trx)
      const keys = lost ? await madeAnew(file) : await rotatedIn(trx, file)
      const [{ key }] = keys.signing
      await storeKeyId(trx, key.kid)
      await logChange(trx, config, TERMINAL, { change: 'keys', key: key.kid })
      return { keys: listed(keys) }
    })
  } finally {
    await store.close()
  }
}

const rotatedIn = async (trx: Db, file: string): Promise<KeyFile> => {
  const before = await requireKeys(file)
  const mark = await findKeyId(trx)
  if (mark !== undefined && !before.signing.some(({ key }) => key.kid === mark))
    throw new AdminError(
      `${file} does not hold the keys that this database was used with last. Rotate them where those are.`,
    )
  const keys = await addSigningKey(before, Date.now())
  await replaceKeyFile(file, keys)
  return keys
}

const madeAnew = async (file: string): Promise<KeyFile> => {
  const keys = await newKeyFile(Date.now())
  if (!(await createKeyFile(file, keys)))
    throw new AdminError(`${file} is there: without --lost, its keys are rotated.`)
  return keys
}

const requireKeys = async (file: string): Promise<KeyFile> => {
  const keys = await findKeyFile(file)
  if (!keys)
    throw new AdminError(
      `There is no file ${file}. Name it with --keys; the server makes it when it starts first.`,
    )
  return keys
}

const listed = ({ signing }: KeyFile): object[] =>
  signing.map(({ key, since, until }) => ({
    kid: key.kid,
    since,
    ...(until === undefined ? { state: 'signs' } : { until, state: isOver(until) ? 'over' : 'published' }),
  }))

const isOver = (until: string): boolean => Date.parse(until) <= Date.now()
