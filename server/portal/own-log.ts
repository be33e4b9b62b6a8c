import { finished } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { parseNumber } from '../audit/entry/entry-limits.ts'
import { logDownload } from '../audit/log-download.ts'
import type { AccessLog } from '../audit/open-log.ts'
import { accessLogPage } from '../pages/account/log-page.ts'
import { problemPage } from '../pages/frame/problem.ts'
import type { Store } from '../store/store.ts'
import { readLogPage } from './log-entries.ts'
import type { AccountPages } from './visitor.ts'

/** Seconds after which a person may ask again, while a download of theirs is under way. */
const RETRY_AFTER = 5

/** Serves `B/account/log`: who read the person's record, as a page and as a file with proofs. */
export const ownLog = (
  app: FastifyInstance,
  { store, accessLog }: { readonly store: Store; readonly accessLog: AccessLog },
  { forVisitor, withSession, change, send, notFound }: AccountPages,
): void => {
  app.get(
    '/account/log',
    withSession(async (visitor) => {
      const { request, reply, session, page } = visitor
      const { patient } = session.account
      if (patient === undefined) return notFound(visitor)
      const { before } = request.query as Record<string, unknown>
      const from = parseNumber(before)
      const log = await readLogPage(store, patient, from, page.locale)
      await change(visitor, { kind: 'search', query: `AuditEvent?patient=${patient}` }, async () => true)
      return send(reply, accessLogPage({ ...page, ...log }))
    }),
  )

  /** The accounts whose download is under way. A download proves every entry, so one person has one at a time. */
  const downloading = new Set<string>()

  app.get(
    '/account/log/download',
    // No HEAD: the whole file would be made, and nobody would get it.
    { exposeHeadRoute: false },
    forVisitor(async (visitor) => {
      const { reply, session, page } = visitor
      const { id, patient } = session.account
      if (patient === undefined) return notFound(visitor)
      if (downloading.has(id)) {
        const words = page.locale.words.log.downloading
        reply.code(503).header('retry-after', RETRY_AFTER)
        return send(reply, problemPage({ ...page, ...words, toAccount: true }))
      }
      downloading.add(id)
      const end = () => downloading.delete(id)
      try {
        await change(visitor, { kind: 'export', query: `AuditEvent?patient=${patient}` }, async () => true)
        // After it, so that the file has its own entry: if that is missing, the end was cut off.
        const checkpoint = await accessLog.sign()
        const file = logDownload(store, accessLog, checkpoint, patient)
        // Not when the answer ends, because the work may go on after it, or end before it begins.
        finished(file, end)
        const day = new Date(page.now).toISOString().slice(0, 10)
        return reply
          .type('application/json')
          .header('content-disposition', `attachment; filename="access-log-${day}.json"`)
          .send(file)
      } catch (error) {
        end()
        throw error
      }
    }),
  )
}
