import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { generateClosedKey, type KeyStore, openWith, type Sealed, sealWith } from '../storage/vault.ts'
import { importKey } from '../storage/wrapped-key.ts'

const deviceName = 'device'

/** The vault's key: in the store while there is no lock; with one, in memory as long as it is open, and nowhere while not. */
export interface Keyring extends KeyStore {
  /** This browser's own key. What is under it opens in no other. */
  deviceKey(): Promise<CryptoKey>
  /** The bytes of a key as memory holds them: the vault's while the lock is open, under `record` another one's. */
  toHold(bytes: string, record?: string): Promise<Sealed>
  /** Forgets what this life of the worker has opened. */
  drop(): void
}

/** `find` throws `locked`. */
export const createKeyring = (keys: KeyStore): Keyring => {
  // The last one that was opened, by what it was opened from: a worker lives for many answers.
  let held: { from: string; key: CryptoKey } | undefined

  const deviceKey = async () =>
    (await keys.find(deviceName)) ?? keys.findOrAdd(deviceName, await generateClosedKey())

  /** Undefined where there is no lock. */
  const findHeld = async (): Promise<CryptoKey | undefined> => {
    if (!(await items.lock.get())) return undefined
    const sealed = await items.unlocked.get()
    if (!sealed) held = undefined
    else if (held?.from !== sealed.data) {
      const bytes = await openWith<string>(await deviceKey(), records.key, sealed)
      held = bytes === undefined ? undefined : { from: sealed.data, key: await importKey(bytes) }
    }
    if (!held) throw new ProblemError('locked')
    return held.key
  }

  return {
    find: async (name) => (await findHeld()) ?? keys.find(name),
    findOrAdd: async (name, key) => (await findHeld()) ?? keys.findOrAdd(name, key),
    remove: (name) => keys.remove(name),
    deviceKey,
    drop: () => {
      held = undefined
    },
    toHold: async (bytes, record = records.key) => sealWith(await deviceKey(), record, bytes),
  }
}
