import type { FeedState, OldestReading } from './feed.ts'
import type { WithingsFault } from './withings-error.ts'

const REASONS: Readonly<Record<WithingsFault, string>> = {
  ended: 'Withings has ended the connection. Sign in with Withings again to go on.',
  'invalid-token': 'Withings does not answer now. It is asked again in a few minutes.',
  'not-allowed': 'Withings was not allowed to give the readings. Sign in with Withings again and allow it.',
  wait: 'Withings is asked as often as it allows. It is asked again in a few minutes.',
  mistake: 'Withings did not understand what it was asked. It has been noted.',
  'too-many': 'Withings has more readings of this person than are kept here. It has been noted.',
  away: 'Withings does not answer now. It is asked again in a few minutes.',
}

/** Says which of a person's readings at Withings are missing here, and why; `undefined` if none are. */
export const feedNote = ({ isReading, readAt, fault }: FeedState): string | undefined => {
  const stateSentence =
    readAt === undefined
      ? 'The readings of Withings were never complete here.'
      : `The readings of Withings are as of ${minuteOf(readAt)}.`
  if (fault !== undefined) return `${stateSentence} ${REASONS[fault]}`
  return isReading ? `${stateSentence} Newer ones are being read; ask again in a moment.` : undefined
}

/** Says from when the readings of all people are; `undefined` if all were fetched recently. */
export const allNote = (oldest: OldestReading | undefined): string | undefined => {
  if (!oldest) return undefined
  const stateSentence =
    oldest.readAt === undefined
      ? 'The readings of some people were never complete here.'
      : `The readings of Withings are as of ${minuteOf(oldest.readAt)} or later.`
  return `${stateSentence} Name one patient to have theirs fetched.`
}

const minuteOf = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}Z`
