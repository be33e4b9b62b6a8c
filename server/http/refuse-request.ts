import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Recorder } from '../audit/write/recorder.ts'
import type { Config } from '../config.ts'
import { reportFault } from '../errors.ts'
import { FHIR_JSON } from '../fhir/http/negotiate.ts'
import { toReply } from '../fhir/http/reply.ts'
import { FhirError, type IssueType, unavailable } from '../fhir-error.ts'
import { render } from '../pages/frame/layout.ts'
import { localeOf } from '../pages/frame/locale.ts'
import { problemPage } from '../pages/frame/problem.ts'

export interface RefusalDeps {
  readonly config: Config
  readonly recorder: Recorder
}

/** Why a request is refused before its sender is checked. */
export interface Refusal {
  readonly status: number
  /** The reason in the access log's counts. */
  readonly reason: string
  /** For the developer of the application that sent it. */
  readonly sentence: string
  readonly issue: IssueType
  /** The sentence for a person who requested a page. */
  readonly words: 'nowhere' | 'request' | 'unreadable' | 'failed'
  readonly headers?: Readonly<Record<string, string>>
}

/** A path or method without a route. */
export const NO_ROUTE: Refusal = {
  status: 404,
  reason: 'nowhere',
  sentence: 'There is nothing at this address.',
  issue: 'not-found',
  words: 'nowhere',
}

export const UNAVAILABLE: Refusal = {
  status: 503,
  reason: 'unavailable',
  sentence: 'Try again in a moment.',
  issue: 'transient',
  words: 'failed',
  headers: { 'retry-after': '1' },
}

/** Counts the refusal with those of strangers, and answers in the form of the path's protocol. */
export const refuseRequest = async (
  deps: RefusalDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
): Promise<FastifyReply> => {
  try {
    await deps.recorder.recordRefusal(request, 'other', refusal.reason)
  } catch (error) {
    reportFault(request, error, 'a refusal could not be counted')
    return send(deps, request, reply, UNAVAILABLE)
  }
  return send(deps, request, reply, refusal)
}

const send = (
  { config }: RefusalDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, reason, sentence, issue, words, headers = {} }: Refusal,
): FastifyReply => {
  reply.code(status).headers(headers)
  const [, first] = request.url.split(/[/?]/, 2)
  switch (first) {
    case 'fhir': {
      const error = status === 503 ? unavailable() : new FhirError(status, issue, reason, sentence)
      return reply.header('content-type', FHIR_JSON).send(toReply(error).body)
    }
    case 'oauth':
    case 'audit': {
      const error = status === 503 ? 'temporarily_unavailable' : 'invalid_request'
      return reply.send({ error, error_description: sentence })
    }
    default: {
      const { ui_locales } = request.query as { ui_locales?: unknown }
      const locale = localeOf(ui_locales, request.headers['accept-language'])
      const { organization } = config
      const page = { organization, locale, ...locale.words.problem[words], toAccount: words === 'nowhere' }
      return reply.type('text/html').send(render(problemPage(page)))
    }
  }
}
