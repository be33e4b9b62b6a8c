import { type Locale, moment } from './locale.ts'

/** The end of a grant as a sentence. */
export const until = (
  locale: Locale,
  { window, expiresAt }: { window: string; expiresAt: number },
  now: number,
): string => {
  const end = moment(locale, expiresAt, now)
  if (window === 'visit') return locale.words.untilSignOut(end)
  return window === 'open' ? locale.words.untilRemoved(end) : locale.words.until(end)
}
