import { type Locale, moment } from '../frame/locale.ts'

interface Used {
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly lastUsedAt?: number
}

/** Says when a connection was allowed and last used, because a person may have several of one application. */
export const usage = (locale: Locale, { createdAt, lastUsedAt }: Used, now: number): string => {
  const words = locale.words.account
  const allowed = words.allowed(moment(locale, createdAt, now))
  const used = lastUsedAt === undefined ? words.neverUsed : words.lastUsed(moment(locale, lastUsedAt, now))
  return `${allowed}, ${used}`
}
