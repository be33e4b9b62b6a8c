import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessKind } from '../../audit/access.ts'
import { appendAccess } from '../../audit/log.ts'
import type { Clock, Config } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import { render } from '../../pages/html.ts'
import { problemPage } from '../../pages/problem.ts'
import type { Store } from '../../store/store.ts'
import { ownLocale } from './own-locale.ts'

interface Deps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
}

interface Problem {
  readonly status: number
  readonly reason: string
  readonly words: 'failed' | 'unreadable'
}

const UNAVAILABLE: Problem = { status: 503, reason: 'unavailable', words: 'failed' }

const notTaken = (status: number, reason: string): Problem => ({ status, reason, words: 'unreadable' })

/** What Fastify refused before anybody looked at it; `undefined` when the fault is ours. */
const findProblem = (error: unknown): Problem | undefined => {
  const { code, statusCode = 500 } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return notTaken(413, 'too_long')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return notTaken(415, 'media_type')
  return statusCode >= 400 && statusCode < 500 ? notTaken(400, 'bad_request') : undefined
}

/** Answers a page's request that failed by a page that says so. A form that was refused is logged first, as `kind`. */
export const answerPageError = async (
  { config, store, clock }: Deps,
  kind: AccessKind,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> => {
  const send = ({ status, words }: Problem) => {
    // What could not be kept is not handed out either: the form that is sent again would not fit a new cookie.
    if (status === 503) reply.removeHeader('set-cookie').header('retry-after', '1')
    const locale = ownLocale(request)
    const { organization } = config
    const page = problemPage({ organization, locale, ...locale.words.problem[words] })
    return reply.code(status).type('text/html').send(render(page))
  }
  try {
    const problem = findProblem(error)
    if (!problem) throw error
    if (request.method === 'POST') {
      const agent = { address: request.ip }
      const { reason } = problem
      const access = { kind, requestId: request.id, outcome: 'refused', reason, agent, patients: [] } as const
      await store.write((trx) => appendAccess(trx, access, { now: clock(), config }))
    }
    return send(problem)
  } catch (fault) {
    request.log.error({ ...faultOf(fault), requestId: request.id }, 'a page failed')
    return send(UNAVAILABLE)
  }
}
