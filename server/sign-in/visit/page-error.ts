import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessKind } from '../../../values/access-kinds.ts'
import type { Recorder } from '../../audit/write/recorder.ts'
import type { Config } from '../../config.ts'
import { reportFault } from '../../errors.ts'
import { FhirError } from '../../fhir-error.ts'
import { render } from '../../pages/frame/layout.ts'
import { problemPage } from '../../pages/frame/problem.ts'
import { isBusy } from '../../turns.ts'
import { ownLocale } from './own-session.ts'

export interface PageErrorDeps {
  readonly config: Config
  readonly recorder: Recorder
}

interface Problem {
  readonly status: number
  readonly reason: string
  readonly words: 'failed' | 'unreadable'
}

const UNAVAILABLE: Problem = { status: 503, reason: 'unavailable', words: 'failed' }

const unreadableRequest = (status: number, reason: string): Problem => ({
  status,
  reason,
  words: 'unreadable',
})

/** Returns the problem of a request that was refused; `undefined` if the fault is ours. */
const findProblem = (error: unknown): Problem | undefined => {
  const { code, statusCode = 500 } = error as { code?: string; statusCode?: number }
  // What was read is refused, or too many pages of one person wait.
  if (error instanceof FhirError && (error.status < 500 || isBusy(error)))
    return { status: error.status, reason: error.code, words: 'failed' }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return unreadableRequest(413, 'too_long')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unreadableRequest(415, 'media_type')
  return statusCode >= 400 && statusCode < 500 ? unreadableRequest(400, 'bad_request') : undefined
}

/** Answers a failed page request with an error page. First counts a form that is refused, and a request that cannot be read, as `kind`. */
export const answerPageError = async (
  { config, recorder }: PageErrorDeps,
  kind: AccessKind,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> => {
  const send = ({ status, words }: Problem) => {
    // Remove the cookie, because its value was not stored: the form would not match it when it is sent again.
    if (status === 503) reply.removeHeader('set-cookie').header('retry-after', '1')
    const locale = ownLocale(config, request)
    const { organization } = config
    const page = problemPage({ organization, locale, ...locale.words.problem[words] })
    return reply.code(status).type('text/html').send(render(page))
  }
  try {
    const problem = findProblem(error)
    if (!problem) throw error
    // A page that somebody may not see has its own entry.
    if (request.method === 'POST' || problem.words === 'unreadable')
      await recorder.recordRefusal(request, kind, problem.reason)
    return send(problem)
  } catch (fault) {
    reportFault(request, fault, 'a page failed')
    return send(UNAVAILABLE)
  }
}
