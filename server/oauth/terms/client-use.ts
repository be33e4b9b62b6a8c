import type { GrantDeps } from '../../grants/find-authorization.ts'
import { endOfGrant } from '../../grants/windows.ts'
import { turnOfOthers } from '../../turns.ts'
import { activeConsents } from './grants.ts'

/** Who uses an application now, as its administrator is told. */
export interface ClientUse {
  /** Those of whom it has an active grant. */
  readonly people: number
  /** False: only the grants that last longest were counted, and there are more. */
  readonly complete: boolean
  /** Seconds since 1970 of the last use of an active grant, to the minute; absent before the first one, and if there are more. */
  readonly last_used_at?: number
}

/** The most grants of an application that are counted, because everybody may have some of it. */
const MOST_COUNTED = 100

/** Counts who uses each of these applications. */
export const findUse = async (
  { store, config }: GrantDeps,
  clientIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, ClientUse>> => {
  const uses = new Map<string, ClientUse>()
  for (const id of clientIds) {
    await turnOfOthers()
    const rows = await activeConsents(store.db, now)
      .where('consent.client_id', '=', id)
      .select([
        'consent.account_id',
        'account.role',
        'consent.created_at',
        'consent.expires_at',
        'consent.last_used_at',
      ])
      .orderBy('consent.expires_at', 'desc')
      .limit(MOST_COUNTED + 1)
      .execute()
    const active = rows.filter((row) => endOfGrant(config, row, row) > now)
    const lastUse = Math.max(...active.map(({ last_used_at }) => last_used_at ?? 0))
    const complete = rows.length <= MOST_COUNTED
    uses.set(id, {
      people: new Set(active.map(({ account_id }) => account_id)).size,
      complete,
      ...(complete && lastUse > 0 && { last_used_at: Math.floor(lastUse / 1000) }),
    })
  }
  return uses
}
