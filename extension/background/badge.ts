import browser from 'webextension-polyfill'
import { hasAlarm, isNarrowed } from '../access-log/watch/known-log.ts'
import { findKnownLogs } from '../access-log/watch/known-logs.ts'
import { findPolicy, limitByPolicy } from '../auth/provider/policy.ts'
import type { NewAccesses } from '../messages/state.ts'
import { items, type StoredConnection } from '../storage/items.ts'
import type { StoredKnownLog } from '../storage/stored-log.ts'
import { announcedAccesses, isLogRead } from './announced-accesses.ts'

/** The badge of the toolbar. `changesAt` is when it must be repainted; absent while nothing counts down. */
interface Badge {
  text: string
  color: string
  title: string
  changesAt?: number
}

export interface BadgeInput {
  /** Ends of grants, with the names of their organizations. */
  ends: { endsAt: number; organization: string }[]
  /** Organizations whose access log failed a check. */
  alarms: string[]
  /** Organizations that signed two access logs. */
  forked: string[]
  /** Organizations whose access log Carekey may read less of than before. */
  narrowed: string[]
  /** Organizations whose access log lacks reads of this browser. */
  missing: string[]
  accesses: (NewAccesses & { organization: string })[]
  /** Organizations for what is known of whose log this browser has no room. */
  unstored: string[]
  now: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

// White text on each has a contrast of 4.5:1 or better.
const ALARM = '#b3261e'
const TIME = '#3b4a5a'
const ACCESSES = '#0b6e6e'

/**
 * Returns the badge. Its text shows an alarm and the number of new accesses; without either, the minutes left of the grant that ends
 * first, in its last hour. So a countdown hides neither, and no organization's alarm hides new accesses at another. The title shows all of
 * them.
 */
export const badgeOf = ({
  ends,
  alarms,
  forked,
  narrowed,
  missing,
  accesses,
  unstored,
  now,
}: BadgeInput): Badge => {
  const [soonest] = ends.filter(({ endsAt }) => endsAt > now).toSorted((a, b) => a.endsAt - b.endsAt)
  const left = soonest ? soonest.endsAt - now : Number.POSITIVE_INFINITY
  const minutes = Math.floor(left / MINUTE)
  const isSoon = left < HOUR
  const isAlarmed = alarms.length + forked.length + narrowed.length + missing.length > 0
  const isNew = accesses.length + unstored.length > 0
  const alarm = isAlarmed ? '!' : ''
  const sum = sumOf(accesses, unstored)
  const sentences = [
    ...alarms.map((organization) => say('badge_alarm', organization)),
    ...forked.map((organization) => say('badge_forked', organization)),
    ...narrowed.map((organization) => say('badge_narrowed', organization)),
    ...missing.map((organization) => say('badge_missing', organization)),
    ...accesses.flatMap((each) => (each.erasures ? say('badge_erased', each.organization) : [])),
    ...accesses.flatMap((each) => (each.count > 0 || each.more ? newAccesses(each) : [])),
    ...unstored.map((organization) => say('badge_unstored', organization)),
    ...(soonest && isSoon ? [timeLeft(soonest.organization, minutes)] : []),
  ]
  const changesAt = soonest && (isSoon ? soonest.endsAt - minutes * MINUTE + 1 : soonest.endsAt - HOUR + 1)
  return {
    text: isAlarmed || isNew ? alarm + sum : isSoon ? (minutes === 0 ? '<1m' : `${minutes}m`) : '',
    color: isAlarmed ? ALARM : isNew ? ACCESSES : TIME,
    title: [say('carekey'), ...sentences].join('\n'),
    ...(changesAt !== undefined && { changesAt }),
  }
}

const timeLeft = (organization: string, minutes: number): string => {
  if (minutes === 0) return say('badge_moment', organization)
  return say(minutes === 1 ? 'badge_minute' : 'badge_minutes', organization, String(minutes))
}

type Accesses = BadgeInput['accesses'][number]

const newAccesses = ({ count, more, organization }: Accesses): string => {
  if (count === 0) return say('badge_behind', organization)
  const form = more ? 'more' : new Intl.PluralRules(say('language')).select(count)
  const values = [organization, String(count)] as const
  return say(`badge_new_${form}`, ...values) || say('badge_new_other', ...values)
}

const sumOf = (accesses: Accesses[], unstored: string[]): string => {
  const sum = accesses.reduce((all, { count, erasures = 0 }) => all + count + erasures, 0)
  const isMore = unstored.length > 0 || accesses.some(({ more }) => more)
  return `${sum || ''}${isMore ? '+' : ''}`
}

const say = (word: string, ...values: string[]): string => browser.i18n.getMessage(word, values)

/** Returns the badge while locked. It names no person and no organization. */
const closedBadge = (): Badge => ({
  text: '',
  color: TIME,
  title: [say('carekey'), say('badge_locked')].join('\n'),
})

/** Paints the badge and returns it, with when it must be repainted. */
export const paintBadge = async (
  nameOf: (providerId: string) => Promise<string>,
  isLocked: boolean,
): Promise<Badge> => {
  const badge = isLocked ? closedBadge() : await openBadge(nameOf)
  await browser.action.setBadgeBackgroundColor({ color: badge.color })
  await browser.action.setBadgeText({ text: badge.text })
  await browser.action.setTitle({ title: badge.title })
  return badge
}

const openBadge = async (nameOf: (providerId: string) => Promise<string>): Promise<Badge> => {
  const connections = await items.connections.get()
  const policy = await findPolicy()
  const stored = Object.entries(await items.sessions.get())
  const sessions = Object.fromEntries(stored.map(([id, session]) => [id, limitByPolicy(session, policy)]))
  const knownLogs = await findKnownLogs()
  const logsWith = (isSo: (known: StoredKnownLog, id: string) => boolean) =>
    Object.entries(knownLogs).flatMap(([id, known]) => (isSo(known, id) ? [id] : []))
  const all = Object.values(connections)
  const isRead = (connection: StoredConnection): boolean | undefined =>
    isLogRead(connection, sessions[connection.id], policy)
  const isNotRead = (id: string) => connections[id] !== undefined && isRead(connections[id]) === false
  const organizationsOf = (ids: string[]) =>
    Promise.all([...new Set(ids.flatMap((id) => connections[id]?.providerId ?? []))].map(nameOf))
  const withOrganization = async <T>(value: T, providerId: string) => ({
    ...value,
    organization: await nameOf(providerId),
  })
  return badgeOf({
    ends: await Promise.all(
      Object.values(sessions)
        .filter(({ endsAt }) => endsAt !== undefined)
        .map(async ({ endsAt = 0, providerId }) => ({ endsAt, organization: await nameOf(providerId) })),
    ),
    alarms: await organizationsOf(logsWith(hasAlarm)),
    forked: await Promise.all(Object.keys(await items.logForks.get()).map(nameOf)),
    narrowed: await organizationsOf(logsWith((known, id) => isNarrowed(known, !isNotRead(id)))),
    missing: await organizationsOf(logsWith(({ missingReads }) => missingReads.length > 0)),
    accesses: await Promise.all(
      [...announcedAccesses(all, knownLogs, isRead)].map(([id, accesses]) =>
        withOrganization(accesses, connections[id]?.providerId ?? ''),
      ),
    ),
    unstored: await organizationsOf(Object.keys(await items.unstoredLogs.get())),
    now: Date.now(),
  })
}
