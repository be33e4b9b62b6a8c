/** How long a grant lasts, as the person chooses it on the consent page. */
export interface Window {
  readonly name: string
  readonly label: string
  /** Seconds from the moment of consent. */
  readonly seconds: number
  /** Whether the application may go on after its first access token: SMART's `offline_access`. */
  readonly refresh: boolean
}

const HOUR = 3600
const DAY = 24 * HOUR

/** The longest window of this organization, which also limits "Until I remove it". */
const LONGEST = 365 * DAY

/** An access token lives this long at most, and never past the end of its window (SMART App Launch 2.2: at most 3600). */
export const ACCESS_TOKEN_SECONDS = HOUR

/** The windows, each of which ends at another time; the first and shortest is the default. */
export const WINDOWS: readonly [Window, ...Window[]] = [
  { name: 'visit', label: 'This visit', seconds: HOUR / 2, refresh: false },
  { name: 'hour', label: '1 hour', seconds: HOUR, refresh: true },
  { name: 'day', label: '1 day', seconds: DAY, refresh: true },
  { name: 'month', label: '30 days', seconds: 30 * DAY, refresh: true },
  { name: 'open', label: 'Until I remove it', seconds: LONGEST, refresh: true },
]
