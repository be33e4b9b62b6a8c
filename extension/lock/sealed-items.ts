import type { Copies } from '../storage/copies.ts'
import { forget, ownedBy, recordEnd } from '../storage/forget.ts'
import { keepRows } from '../storage/item.ts'
import {
  type EndOf,
  type Grant,
  items,
  type Revocation,
  type SealedSessionArea,
  type Session,
  withEnd,
} from '../storage/items.ts'
import { openWith, records, type Sealed, sealWith, type Vault } from '../storage/vault.ts'

/**
 * Session-storage items of grants, unencrypted while the lock is open: sessions, the popup's place, new accesses and next looks.
 */
const sealedItems = ownedBy('grant').filter(({ area }) => area === 'session')
/** Session-storage keys that are sealed while locked. */
export const sealedKeys = sealedItems.map(({ key }) => key)

/** The values of the other items, by key. */
type OtherItems = Record<string, unknown>
const otherItems = sealedItems.filter(({ key }) => key !== items.sessions.key)

/** Seals these items, each session separately, so that an expired one can be removed while the others stay sealed. */
export const sealItems = async (vault: Vault): Promise<SealedSessionArea> => {
  const sessions: SealedSessionArea['sessions'] = {}
  for (const [id, session] of Object.entries(await items.sessions.get()))
    sessions[id] = withEnd(await vault.seal(records.session(id), session), session)
  const rest: OtherItems = {}
  for (const { key, get } of otherItems) rest[key] = await get()
  return { sessions, rest: await vault.seal(records.rest, rest) }
}

/**
 * Decrypts the items and returns their values by key, without rows whose session is gone. After a browser restart there are none.
 */
export const openItems = async (key: CryptoKey): Promise<OtherItems> => {
  const asleep = await items.asleep.get()
  const sessions: Record<string, Session> = {}
  for (const [id, sealed] of Object.entries(asleep?.sessions ?? {})) {
    const session = await openWith<Session>(key, records.session(id), sealed)
    if (session) sessions[id] = session
  }
  const rest = (asleep && (await openWith<OtherItems>(key, records.rest, asleep.rest))) ?? {}
  const values: OtherItems = { sessions }
  for (const item of otherItems)
    if (item.key in rest) values[item.key] = item.keep(rest[item.key], (id) => Object.hasOwn(sessions, id))
  return values
}

/** Returns when sessions and grants end, in milliseconds since 1970, as far as that is known while locked. */
export const endTimesWhileLocked = async (endOf: EndOf): Promise<number[]> =>
  Object.values(await endTimesById(endOf)).flatMap((at) => at ?? [])

/**
 * Moves expired sessions and grants to `ended`, still sealed, until the lock is opened and they can be revoked. Deletes their
 * copies now, and their proof keys when the lock is opened.
 */
export const endOverdue = async (copies: Copies, endOf: EndOf): Promise<void> => {
  const endTimes = await endTimesById(endOf)
  const expired = Object.entries(endTimes).flatMap(([id, endsAt]) =>
    endsAt !== undefined && endsAt <= Date.now() ? [id] : [],
  )
  if (expired.length === 0) return
  const isExpired = (id: string) => expired.includes(id)
  await items.asleep.update(
    (asleep) =>
      asleep && {
        ...asleep,
        sessions: keepRows(asleep.sessions, (id) => !isExpired(id)),
        ended: { ...asleep.ended, ...keepRows(asleep.sessions, isExpired) },
      },
  )
  const grants = keepRows(await items.grants.get(), isExpired)
  await items.ended.update((endedGrants) => ({ ...endedGrants, ...grants }))
  await forget('grant', expired)
  const connections = Object.values(keepRows(await items.connections.get(), isExpired))
  await forget(
    'connection',
    connections.flatMap(({ id, launched }) => (launched ? [id] : [])),
  )
  for (const id of expired) {
    await copies.drop(id)
    await recordEnd(id, 'time', endTimes[id])
  }
}

/** Returns the revocations of sessions and grants that ended while locked. Call once the lock is open. */
export const revocationsOfEnded = async (
  vault: Vault,
): Promise<(Revocation & { connectionId: string })[]> => {
  const grants = await items.ended.get()
  const sessions = (await items.asleep.get())?.ended ?? {}
  const revocations = [...new Set([...Object.keys(grants), ...Object.keys(sessions)])].map(async (id) => {
    const grant = grants[id] && (await vault.open<Grant>(records.grant(id), grants[id]))
    const session = sessions[id] && (await vault.open<Session>(records.session(id), sessions[id]))
    const terms = session ?? grant
    const access = session?.access && session.access.endsAt > Date.now() ? session.access.token : undefined
    const surplus = session?.surplus && (await vault.open<string>(records.surplus(id), session.surplus))
    const tokens = [grant?.refreshToken, surplus, access].filter((token) => token !== undefined)
    return terms ? [{ ...terms, tokens, connectionId: id }] : []
  })
  return (await Promise.all(revocations)).flat()
}

const endTimesById = async (endOf: EndOf): Promise<Record<string, number | undefined>> => {
  const sealedGrants = { ...(await items.grants.get()), ...(await items.asleep.get())?.sessions }
  return Object.fromEntries(Object.entries(sealedGrants).map(([id, sealed]) => [id, endOf(sealed)]))
}

/**
 * Returns the sealed values of the areas `local` and `session`, resealed under another key, for the caller to store each area in one
 * write. A value that `from` does not open stays as it is.
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
  const session = {
    sessions: await resealAll(await items.sessions.get(), async (id, { surplus, ...rest }) => ({
      ...rest,
      ...(surplus && { surplus: await resealValue(records.surplus(id), surplus) }),
    })),
  }
  const local = {
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
  return { local, session }
}
