import type { Copies } from '../storage/copies.ts'
import { type Asleep, type Grant, items, type Revocation, type Session, withEnd } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { openWith, type Vault } from '../storage/vault.ts'

/** What memory holds in clear beside the sessions: where the popup was, which may name people, and when others had access. */
const restItems = ['place', 'newAccesses', 'nextLooks'] as const
type Rest = { [Name in (typeof restItems)[number]]: Awaited<ReturnType<(typeof items)[Name]['get']>> }

/** What memory holds in clear goes by these names while the lock is open. */
export const awakeItems = ['sessions', ...restItems] as const

/** Seals it, each session by itself, so that one whose time is over can go while the others stay closed. */
export const fallAsleep = async (vault: Vault): Promise<Asleep> => {
  const sessions: Asleep['sessions'] = {}
  for (const [id, session] of Object.entries(await items.sessions.get()))
    sessions[id] = withEnd(await vault.seal(records.session(id), session), session)
  const rest: Rest = {
    place: await items.place.get(),
    newAccesses: await items.newAccesses.get(),
    nextLooks: await items.nextLooks.get(),
  }
  return { sessions, rest: await vault.seal(records.rest, rest) }
}

/** Opens it again. Where the browser was restarted in between, there is nothing. */
export const wakeUp = async (
  key: CryptoKey,
): Promise<Partial<Rest> & { sessions: Record<string, Session> }> => {
  const asleep = await items.asleep.get()
  const sessions: Record<string, Session> = {}
  for (const [id, sealed] of Object.entries(asleep?.sessions ?? {})) {
    const session = await openWith<Session>(key, records.session(id), sealed)
    if (session) sessions[id] = session
  }
  const rest = asleep && (await openWith<Rest>(key, records.rest, asleep.rest))
  if (!rest) return { sessions }
  const awake = <T>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => Object.hasOwn(sessions, id)))
  return {
    place: rest.place,
    newAccesses: awake(rest.newAccesses),
    nextLooks: awake(rest.nextLooks),
    sessions,
  }
}

/** When what was allowed ends, as far as it can be told while locked. */
export const endsAsleep = async (): Promise<number[]> => Object.values(await all()).flatMap((at) => at ?? [])

/**
 * Puts what is over aside: its session and its grant wait, sealed, until the lock is opened and their organization can be told.
 * Its copy is deleted; its key goes when the lock is opened.
 */
export const endOverdue = async (copies: Copies): Promise<void> => {
  const isOver = ([, endsAt]: [string, number | undefined]) => endsAt !== undefined && endsAt <= Date.now()
  const over = Object.entries(await all())
    .filter(isOver)
    .map(([id]) => id)
  if (over.length === 0) return
  const without = <T>(values: Record<string, T>) =>
    Object.fromEntries(Object.entries(values).filter(([id]) => !over.includes(id)))
  const only = <T>(values: Record<string, T>) =>
    Object.fromEntries(Object.entries(values).filter(([id]) => over.includes(id)))
  await items.asleep.update(
    (asleep) =>
      asleep && {
        ...asleep,
        sessions: without(asleep.sessions),
        ended: { ...asleep.ended, ...only(asleep.sessions) },
      },
  )
  const grants = only(await items.grants.get())
  await items.ended.update((ended) => ({ ...ended, ...grants }))
  await items.grants.update(without)
  await items.connections.update((connections) =>
    Object.fromEntries(
      Object.entries(connections).filter(([id, { launched }]) => !launched || !over.includes(id)),
    ),
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
