import type { Copies } from '../storage/copies.ts'
import { forget, ownedBy } from '../storage/forget.ts'
import { type Asleep, type Grant, items, type Revocation, type Session, withEnd } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { keepRows } from '../storage/table.ts'
import { openWith, type Vault } from '../storage/vault.ts'

/** Items of grants in session storage, in clear while the lock is open: sessions, where the popup was, when others had access. */
const awake = ownedBy('grant').filter(({ area }) => area === 'session')
/** Session-storage keys that are sealed while locked. */
export const awakeKeys = awake.map(({ key }) => key)

/** The values by key, without the sessions. */
type Rest = Record<string, unknown>
const restItems = awake.filter(({ key }) => key !== items.sessions.key)

/** Seals these items, each session separately, so that an expired one can be removed while the others stay sealed. */
export const fallAsleep = async (vault: Vault): Promise<Asleep> => {
  const sessions: Asleep['sessions'] = {}
  for (const [id, session] of Object.entries(await items.sessions.get()))
    sessions[id] = withEnd(await vault.seal(records.session(id), session), session)
  const rest: Rest = {}
  for (const { key, get } of restItems) rest[key] = await get()
  return { sessions, rest: await vault.seal(records.rest, rest) }
}

/** Opens the items again, by key, without rows whose session is gone. After a browser restart there are none. */
export const wakeUp = async (key: CryptoKey): Promise<Rest> => {
  const asleep = await items.asleep.get()
  const sessions: Record<string, Session> = {}
  for (const [id, sealed] of Object.entries(asleep?.sessions ?? {})) {
    const session = await openWith<Session>(key, records.session(id), sealed)
    if (session) sessions[id] = session
  }
  const rest = (asleep && (await openWith<Rest>(key, records.rest, asleep.rest))) ?? {}
  const opened: Rest = { sessions }
  for (const item of restItems)
    if (item.key in rest) opened[item.key] = item.keep(rest[item.key], (id) => Object.hasOwn(sessions, id))
  return opened
}

/** Returns when sessions and grants end, in milliseconds since 1970, as far as that is known while locked. */
export const endsAsleep = async (): Promise<number[]> => Object.values(await all()).flatMap((at) => at ?? [])

/**
 * Sets expired sessions and grants aside, sealed, until the lock is opened and their organizations can be told. Deletes their
 * copies; their proof keys go when the lock is opened.
 */
export const endOverdue = async (copies: Copies): Promise<void> => {
  const over = Object.entries(await all()).flatMap(([id, endsAt]) =>
    endsAt !== undefined && endsAt <= Date.now() ? [id] : [],
  )
  if (over.length === 0) return
  const isOver = (id: string) => over.includes(id)
  await items.asleep.update(
    (asleep) =>
      asleep && {
        ...asleep,
        sessions: keepRows(asleep.sessions, (id) => !isOver(id)),
        ended: { ...asleep.ended, ...keepRows(asleep.sessions, isOver) },
      },
  )
  const grants = keepRows(await items.grants.get(), isOver)
  await items.ended.update((ended) => ({ ...ended, ...grants }))
  await forget('grant', over)
  const connections = Object.values(keepRows(await items.connections.get(), isOver))
  await forget(
    'connection',
    connections.flatMap(({ id, launched }) => (launched ? [id] : [])),
  )
  for (const id of over) await copies.drop(id)
}

/** Returns the revocations of what was set aside while locked. Call once the lock is open. */
export const revocationsAside = async (vault: Vault): Promise<Revocation[]> => {
  const grants = await items.ended.get()
  const sessions = (await items.asleep.get())?.ended ?? {}
  const found = [...new Set([...Object.keys(grants), ...Object.keys(sessions)])].map(async (id) => {
    const grant = grants[id] && (await vault.open<Grant>(records.grant(id), grants[id]))
    const session = sessions[id] && (await vault.open<Session>(records.session(id), sessions[id]))
    const terms = session ?? grant
    const access = session?.access && session.access.endsAt > Date.now() ? session.access.token : undefined
    const tokens = [grant?.refreshToken, access].filter((token) => token !== undefined)
    return terms ? [{ ...terms, tokens }] : []
  })
  return (await Promise.all(found)).flat()
}

const all = async (): Promise<Record<string, number | undefined>> => {
  const sealed = { ...(await items.grants.get()), ...(await items.asleep.get())?.sessions }
  return Object.fromEntries(Object.entries(sealed).map(([id, { endsAt }]) => [id, endsAt]))
}
