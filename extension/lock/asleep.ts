import type { Copies } from '../storage/copies.ts'
import { forget, ownedBy } from '../storage/forget.ts'
import { type Asleep, type Grant, items, type Revocation, type Session, withEnd } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { keepRows } from '../storage/table.ts'
import { openWith, type Vault } from '../storage/vault.ts'

/** What memory holds of grants in clear while the lock is open: sessions, where the popup was, when others had access. */
const awake = ownedBy('grant').filter(({ area }) => area === 'session')
/** It goes by these keys, and is gone while locked. */
export const awakeKeys = awake.map(({ key }) => key)

/** By key, all but the sessions. */
type Rest = Record<string, unknown>
const restItems = awake.filter(({ key }) => key !== items.sessions.key)

/** Seals it, each session by itself, so that one whose time is over can go while the others stay closed. */
export const fallAsleep = async (vault: Vault): Promise<Asleep> => {
  const sessions: Asleep['sessions'] = {}
  for (const [id, session] of Object.entries(await items.sessions.get()))
    sessions[id] = withEnd(await vault.seal(records.session(id), session), session)
  const rest: Rest = {}
  for (const { key, get } of restItems) rest[key] = await get()
  return { sessions, rest: await vault.seal(records.rest, rest) }
}

/** Opens it again, by key, as far as its session is still there. Where the browser was restarted in between, there is nothing. */
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

/** When what was allowed ends, as far as it can be told while locked. */
export const endsAsleep = async (): Promise<number[]> => Object.values(await all()).flatMap((at) => at ?? [])

/**
 * Puts what is over aside: its session and its grant wait, sealed, until the lock is opened and their organization can be told.
 * Its copy is deleted; its key goes when the lock is opened.
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

/** What was put aside while locked, as its organization has to be told of it. To be called once the lock is open. */
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
