import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { openWith, type Sealed, sealWith } from '../storage/vault.ts'

/**
 * Returns the sealed values of the area `local`, resealed under another key, for the caller to store in one write. A value that
 * `from` does not open stays as it is.
 */
export const reseal = async (from: CryptoKey | undefined, to: CryptoKey) => {
  const resealValue = async <T extends Sealed>(record: string, sealed: T): Promise<T> => {
    const value = from && (await openWith(from, record, sealed))
    return value === undefined ? sealed : { ...sealed, ...(await sealWith(to, record, value)) }
  }
  const resealAll = async <T>(values: Record<string, T>, resealOne: (id: string, value: T) => Promise<T>) => {
    const resealedValues: Record<string, T> = {}
    for (const [id, value] of Object.entries(values)) resealedValues[id] = await resealOne(id, value)
    return resealedValues
  }
  const revocations = await items.revocations.get()
  return {
    grants: await resealAll(await items.grants.get(), (id, sealed) => resealValue(records.grant(id), sealed)),
    secrets: await resealAll(await items.secrets.get(), (id, sealed) =>
      resealValue(records.secret(id), sealed),
    ),
    registrations: await resealAll(await items.registrations.get(), async (id, registration) => ({
      ...registration,
      sealed: await resealValue(records.registration(id), registration.sealed),
    })),
    revocations: await Promise.all(revocations.map((sealed) => resealValue(records.revocation, sealed))),
  }
}
