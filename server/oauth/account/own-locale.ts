import type { FastifyRequest } from 'fastify'
import { type Locale, localeOf } from '../../pages/locale.ts'
import type { OwnSession } from './own-session.ts'

/** The language of the organization's own pages: as the address says, as it said at sign-in, or as the browser prefers. */
export const ownLocale = (request: FastifyRequest, session?: Pick<OwnSession, 'uiLocales'>): Locale => {
  const { ui_locales } = request.query as { ui_locales?: unknown }
  return localeOf(ui_locales ?? session?.uiLocales, request.headers['accept-language'])
}
