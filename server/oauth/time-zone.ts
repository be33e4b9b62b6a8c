import type { FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { ownCookie } from './own-cookie.ts'

/** What a name of the time zone database looks like. It starts with a letter, because an offset such as `+05:30` is no name. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/** Returns the browser's time zone, which the pages' script keeps in a cookie; `undefined` unless this server knows it. */
export const findTimeZone = (config: Config, { headers }: FastifyRequest): string | undefined => {
  const timeZone = ownCookie(config, 'zone', NAME).find(headers.cookie)
  if (timeZone === undefined) return undefined
  try {
    // Not `Intl.supportedValuesOf`: it lacks the other names of a zone (Asia/Kolkata, Asia/Calcutta), which browsers give too.
    new Intl.DateTimeFormat('en', { timeZone })
    return timeZone
  } catch {
    return undefined
  }
}
