import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { openWith, type Sealed, sealWith } from '../storage/vault.ts'

/**
 * Returns everything that the disk keeps sealed, resealed under another key, to write in one step. Leaves what `from` does not
 * open. Stores nothing.
 */
export const reseal = async (from: CryptoKey | undefined, to: CryptoKey) => {
  const move = async <T extends Sealed>(record: string, sealed: T): Promise<T> => {
    const value = from && (await openWith(from, record, sealed))
    return value === undefined ? sealed : { ...sealed, ...(await sealWith(to, record, value)) }
  }
  const moveAll = async <T>(values: Record<string, T>, one: (id: string, value: T) => Promise<T>) => {
    const moved: Record<string, T> = {}
    for (const [id, value] of Object.entries(values)) moved[id] = await one(id, value)
    return moved
  }
  const revocations = await items.revocations.get()
  return {
    grants: await moveAll(await items.grants.get(), (id, sealed) => move(records.grant(id), sealed)),
    secrets: await moveAll(await items.secrets.get(), (id, sealed) => move(records.secret(id), sealed)),
    registrations: await moveAll(await items.registrations.get(), async (id, registration) => ({
      ...registration,
      sealed: await move(records.registration(id), registration.sealed),
    })),
    revocations: await Promise.all(revocations.map((sealed) => move(records.revocation, sealed))),
  }
}
