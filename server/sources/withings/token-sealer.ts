import { createSealer, type Sealer } from '../../sealed-text.ts'
import type { WithingsAccountTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'

/** The keys of people's tokens. Whoever seals reads them again, because they may be replaced at any time. */
export interface TokenKeys {
  /** Seals and opens. */
  readonly pages: Uint8Array
  /** Former keys, which only open. */
  readonly resealing: readonly Uint8Array[]
}

/** Whose tokens they are. A token that was copied into another person's row does not open there. */
export type Owner = Pick<WithingsAccountTable, 'issuer' | 'userid'>

const bindingOf = ({ issuer, userid }: Owner): string => JSON.stringify([issuer, userid])

/** Sealers with their derived keys, because deriving one costs more than sealing with it. */
const sealers = new WeakMap<Uint8Array, Sealer>()

const sealerOf = (key: Uint8Array): Sealer => {
  const sealer = sealers.get(key) ?? createSealer(key, 'tokens of Withings')
  sealers.set(key, sealer)
  return sealer
}

export const sealToken = ({ pages }: TokenKeys, token: string, owner: Owner): string =>
  sealerOf(pages).seal(token, bindingOf(owner))

/** Returns `undefined` for a token that was sealed with another key, or for another person. */
export const openToken = (
  { pages, resealing }: TokenKeys,
  sealed: string,
  owner: Owner,
): string | undefined => {
  for (const key of [pages, ...resealing]) {
    const token = sealerOf(key).open(sealed, bindingOf(owner))
    if (token !== undefined) return token
  }
  return undefined
}

/**
 * Seals with the current key what a former one sealed. A token that changes meanwhile is left alone: whoever stores one seals it with the
 * current key (`createTokens`).
 */
export const resealTokens = async (store: Store, keys: TokenKeys): Promise<void> => {
  const rows = await store.db
    .selectFrom('withings_account')
    .select(['issuer', 'userid', 'access_token', 'refresh_token'])
    .execute()
  for (const row of rows)
    for (const column of ['access_token', 'refresh_token'] as const) {
      const sealed = row[column]
      if (openToken({ ...keys, resealing: [] }, sealed, row) !== undefined) continue
      const token = openToken(keys, sealed, row)
      if (token === undefined) continue
      await store.write((trx) =>
        trx
          .updateTable('withings_account')
          .set({ [column]: sealToken(keys, token, row) })
          .where('issuer', '=', row.issuer)
          .where('userid', '=', row.userid)
          .where(column, '=', sealed)
          .execute(),
      )
    }
}
