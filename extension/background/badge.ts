import browser from 'webextension-polyfill'
import { items } from '../storage/items.ts'

/** What the toolbar shows. `changesAt` is when the minutes are others; absent while nothing counts down. */
export interface Badge {
  text: string
  color: string
  title: string
  changesAt?: number
}

export interface Told {
  /** Ends of what was allowed, with the names of the organizations. */
  ends: { endsAt: number; organization: string }[]
  /** Organizations whose access log did not hold. */
  alarms: string[]
  now: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

// Both carry white text at 4.5:1 or better.
const ALARM = '#b3261e'
const TIME = '#3b4a5a'

/** An alarm comes before the time; the title tells both. Under an hour the shortest time left counts down by minutes. */
export const badgeOf = ({ ends, alarms, now }: Told): Badge => {
  const [soonest] = ends.filter(({ endsAt }) => endsAt > now).toSorted((a, b) => a.endsAt - b.endsAt)
  const left = soonest ? soonest.endsAt - now : Number.POSITIVE_INFINITY
  const minutes = Math.floor(left / MINUTE)
  const isSoon = left < HOUR
  const sentences = [
    ...alarms.map((organization) => say('badge_alarm', organization)),
    ...(soonest && isSoon ? [timeLeft(soonest.organization, minutes)] : []),
  ]
  const changesAt = soonest && (isSoon ? soonest.endsAt - minutes * MINUTE + 1 : soonest.endsAt - HOUR + 1)
  return {
    text: alarms.length > 0 ? '!' : isSoon ? (minutes === 0 ? '<1m' : `${minutes}m`) : '',
    color: alarms.length > 0 ? ALARM : TIME,
    title: [say('carekey'), ...sentences].join('\n'),
    ...(changesAt !== undefined && { changesAt }),
  }
}

const timeLeft = (organization: string, minutes: number): string => {
  if (minutes === 0) return say('badge_moment', organization)
  return say(minutes === 1 ? 'badge_minute' : 'badge_minutes', organization, String(minutes))
}

const say = (word: string, ...given: string[]): string => browser.i18n.getMessage(word, given)

/** Draws the toolbar as things stand, and answers when that will be untrue. */
export const paintBadge = async (nameOf: (providerId: string) => Promise<string>): Promise<Badge> => {
  const connections = await items.connections.get()
  const sessions = Object.values(await items.sessions.get())
  const alarmed = Object.keys(await items.logAlarms.get()).flatMap((id) => connections[id]?.providerId ?? [])
  const badge = badgeOf({
    ends: await Promise.all(
      sessions
        .filter(({ endsAt }) => endsAt !== undefined)
        .map(async ({ endsAt = 0, providerId }) => ({ endsAt, organization: await nameOf(providerId) })),
    ),
    alarms: await Promise.all([...new Set(alarmed)].map(nameOf)),
    now: Date.now(),
  })
  await browser.action.setBadgeBackgroundColor({ color: badge.color })
  await browser.action.setBadgeText({ text: badge.text })
  await browser.action.setTitle({ title: badge.title })
  return badge
}
