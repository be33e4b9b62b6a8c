import type { Selectable } from 'kysely'
import type { Clock } from '../../config.ts'
import type { Db, WithingsAccountTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { REMOVED } from './removal.ts'
import { type Owner, openToken, sealToken, type TokenKeys } from './token-sealer.ts'
import type { TokenPair, WithingsAccess, WithingsClient } from './withings-client.ts'
import { WithingsError } from './withings-error.ts'

/** A person's row: their identity, and the result of the last fetch. */
export type WithingsAccount = Selectable<WithingsAccountTable>

/** How long before its end an access token is no longer used, in milliseconds. */
const MARGIN = 60_000
/**
 * How long a new access token is used at least, in milliseconds, whatever Withings says of how long it lives: if it is over, Withings
 * refuses it, and it is renewed then. A token that counted as too old at once would be renewed for each request, and again.
 */
const SHORTEST = 10 * 60_000
/** How long one process may take for a renewal: longer than two requests. */
const LEASE = 30_000
const PAUSE = 100
const MOST_PAUSES = (LEASE + 5_000) / PAUSE

export type Tokens = ReturnType<typeof createTokens>

/** What each part asks Withings with. */
export interface ClientUser {
  readonly store: Store
  readonly clock: Clock
  readonly client: WithingsClient
}

/** The same, for parts that ask in the name of people. */
export interface TokenUser extends ClientUser {
  readonly tokens: Tokens
}

export interface HeldKeys extends TokenKeys {
  /** As `Keyring.hold`. @throws KeysRefused */
  hold(trx: Db): Promise<void>
}

interface TokensDeps extends ClientUser {
  readonly keys: HeldKeys
}

/**
 * The tokens of all people. Withings ends a refresh token 8 hours after its successor was issued, or when the successor's access
 * token is first used. So a new pair is stored before it is used, only one process renews at a time, and after a lost answer the
 * old refresh token is sent again.
 */
export const createTokens = ({ store, clock, client, keys }: TokensDeps) => {
  const find = async ({ issuer, userid }: Pick<WithingsAccount, 'issuer' | 'userid'>) => {
    const row = await store.db
      .selectFrom('withings_account')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('userid', '=', userid)
      .executeTakeFirst()
    if (!row || row.fault === 'ended' || row.fault === REMOVED)
      throw new WithingsError('ended', 'This person has to sign in with Withings again.')
    return row
  }

  /** Changes a row if it still has this version. Returns whether it had. */
  const change = (
    { issuer, userid, version }: WithingsAccount,
    values: Partial<WithingsAccount> | ((trx: Db) => Promise<Partial<WithingsAccount>>),
  ): Promise<boolean> =>
    store.write(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('withings_account')
        .set(typeof values === 'function' ? await values(trx) : values)
        .where('issuer', '=', issuer)
        .where('userid', '=', userid)
        .where('version', '=', version)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    })

  /**
   * Begins a renewal of a row as it was found, unless another process was first. Opens its token while the keys are held, because a
   * rotation seals it anew.
   *
   * @throws KeysRefused when this process has other keys than the database: it cannot tell whether the tokens can be opened.
   */
  const beginRenewal = (found: WithingsAccount) =>
    store.write(async (trx) => {
      await keys.hold(trx)
      const row = await trx
        .updateTable('withings_account')
        .set({ renewing_until: clock() + LEASE })
        .where('issuer', '=', found.issuer)
        .where('userid', '=', found.userid)
        .where('version', '=', found.version)
        .where('renewing_until', '=', found.renewing_until)
        .where('ending_until', '=', found.ending_until)
        .returning('refresh_token')
        .executeTakeFirst()
      return row && { refreshToken: openToken(keys, row.refresh_token, found) }
    })

  const renew = async (row: WithingsAccount, refreshToken: string | undefined): Promise<void> => {
    /** Whether Withings may have issued a pair that was not stored here, now or when a process was killed. */
    let isOpen = row.renewing_until > 0
    const ask = (token: string) =>
      client.refresh({ patient: row.patient, token }).catch((error: unknown) => {
        isOpen ||= isAway(error)
        throw error
      })
    try {
      if (refreshToken === undefined)
        throw new WithingsError('ended', 'The tokens were sealed with a key that was lost.')
      // A pair may have been issued although the answer was lost. The old token is valid until the new pair is first used.
      const pair = await ask(refreshToken).catch((error: unknown) =>
        isAway(error) ? ask(refreshToken) : Promise.reject(error),
      )
      if (pair.userid !== row.userid)
        throw new WithingsError('away', 'Withings answered with the tokens of another person.')
      // It is not stored yet.
      isOpen = true
      await change(row, async (trx) => ({
        ...(await sealPair(trx, pair, row)),
        version: row.version + 1,
        renewing_until: 0,
      }))
    } catch (error) {
      const isOver = error instanceof WithingsError && error.fault === 'ended'
      await change(
        row,
        isOver ? { renewing_until: 0, fault: 'ended' } : { renewing_until: isOpen ? clock() : 0 },
      )
      throw error
    }
  }

  const sealPair = async (trx: Db, { accessToken, refreshToken, expiresIn }: TokenPair, owner: Owner) => {
    await keys.hold(trx)
    return {
      access_token: sealToken(keys, accessToken, owner),
      refresh_token: sealToken(keys, refreshToken, owner),
      access_ends: clock() + Math.max(expiresIn * 1000, SHORTEST + MARGIN),
    }
  }

  /** Returns the row with an access token that stays valid for a while. */
  const findCurrent = async (account: Owner): Promise<{ row: WithingsAccount; access: WithingsAccess }> => {
    for (let pauses = 0; pauses < MOST_PAUSES; pauses++) {
      const row = await find(account)
      const token = openToken(keys, row.access_token, row)
      if (token !== undefined && row.access_ends > clock() + MARGIN)
        return { row, access: { patient: row.patient, token } }
      // Until then, somebody renews them, or nobody knows whether they will have been ended.
      const isTaken = row.renewing_until > clock() || row.ending_until > clock()
      const renewal = isTaken ? undefined : await beginRenewal(row)
      if (renewal) await renew(row, renewal.refreshToken)
      else await client.pause(PAUSE)
    }
    throw new WithingsError('away', 'Another process renews or ends the tokens, and does not finish.')
  }

  return {
    /** Returns the columns that store a pair, in the transaction that does. @throws KeysRefused */
    sealPair,

    /** Call it before anything is asked of Withings for new tokens. @throws KeysRefused when this process could not seal them. */
    requireKeys: (): Promise<void> => store.write(keys.hold),

    /**
     * Renews a person's tokens unless they can be used as they are.
     *
     * @throws WithingsError `ended` when the person has to sign in there again.
     */
    confirm: async (account: Owner): Promise<void> => {
      await findCurrent(account)
    },

    /**
     * Completes renewals whose answer was lost or whose process was killed. After 8 hours the person would have to sign in again.
     *
     * @throws WithingsError at the first that fails; next time, that one is tried last.
     */
    finishRenewals: async (issuer: string): Promise<void> => {
      const open = await store.db
        .selectFrom('withings_account')
        .select(['issuer', 'userid'])
        .where('issuer', '=', issuer)
        .where('renewing_until', '>', 0)
        .where('renewing_until', '<=', clock())
        .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', 'not in', ['ended', REMOVED])]))
        .orderBy('renewing_until')
        .execute()
      for (const account of open) await findCurrent(account)
    },

    /**
     * Calls Withings with a person's access token, and once more with a new token if Withings refuses the first.
     *
     * @throws WithingsError `ended` when the person has to sign in there again.
     */
    use: async <T>(account: Owner, run: (access: WithingsAccess) => Promise<T>): Promise<T> => {
      const { row, access } = await findCurrent(account)
      try {
        return await run(access)
      } catch (error) {
        if (!isInvalidToken(error)) throw error
      }
      await change(row, { access_ends: 0 })
      const renewed = await findCurrent(account)
      try {
        return await run(renewed.access)
      } catch (error) {
        if (!isInvalidToken(error)) throw error
        // Withings accepted the refresh token a moment ago, so the person is still connected.
        throw new WithingsError('away', 'Withings does not take a token that it has just given.')
      }
    },
  }
}

const isAway = (error: unknown) => error instanceof WithingsError && error.fault === 'away'
const isInvalidToken = (error: unknown) => error instanceof WithingsError && error.fault === 'invalid-token'
