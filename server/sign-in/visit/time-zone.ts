import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { dateTimeFormat } from '../../pages/frame/intl-formats.ts'
import { ownCookie } from './own-cookie.ts'

/** The form of a name in the time zone database. It starts with a letter, because an offset such as `+05:30` is not a name. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/** Returns the browser's time zone, which the pages' script stores in a cookie; `undefined` unless this server knows it. */
export const findTimeZone = (config: Config, { headers }: FastifyRequest): string | undefined => {
  const timeZone = ownCookie(config, 'zone', NAME).find(headers.cookie)
  if (timeZone === undefined) return undefined
  try {
    // Not `Intl.supportedValuesOf`: it lacks the alternative names of a zone (Asia/Kolkata and Asia/Calcutta), and browsers may
    // send either.
    dateTimeFormat('en', { timeZone })
    return timeZone
  } catch {
    return undefined
  }
}
