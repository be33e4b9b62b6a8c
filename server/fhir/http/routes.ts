import { METHODS } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fhirBase } from '../../config.ts'
import { reportFault } from '../../errors.ts'
import { FhirError, logChanged, unavailable } from '../../fhir-error.ts'
import { markUsed } from '../../grants/find-authorization.ts'
import type { SourceOffer } from '../access/source.ts'
import { accessesOf } from './access-entry.ts'
import { capabilityStatement } from './capability.ts'
import { type Exchange, exchangeOf, type FhirDeps, type FhirRequest } from './exchange.ts'
import { interactionOf } from './interaction.ts'
import { FHIR_JSON, requireJson } from './negotiate.ts'
import type { RequestBody } from './read-body.ts'
import { type PackedReply, pack, refusal, streamOf, toReply } from './reply.ts'
import { respond } from './respond.ts'

const MOUNT = '/fhir'

/**
 * Serves the FHIR R4 API at `B/fhir`, and the CapabilityStatement at `B/metadata` as well. Every other request takes one path: it
 * is answered or refused, its entry in the access log is committed, and only then is the reply sent.
 */
export const fhirRoutes =
  (deps: FhirDeps): FastifyPluginAsync =>
  async (app) => {
    const base = fhirBase(deps.config)
    const metadata = statementOf(deps)

    const toMetadata = async (request: FastifyRequest, reply: FastifyReply) =>
      send(reply, respondToMetadata(readRequest(request), await metadata()), (error) =>
        report(request, error),
      )

    const answer = async (request: FastifyRequest, reply: FastifyReply, early?: FhirError) => {
      const fhirRequest = readRequest(request, early)
      if (fhirRequest.interaction.kind === 'metadata') return toMetadata(request, reply)
      const reveal = (error: unknown) => toFhirError(error, request)
      const feed = deps.openFeed?.()
      const share = deps.budget.open()
      reply.raw.once('close', share.leave)
      const exchange = exchangeOf(fhirRequest, { ...deps, base, toFhirError: reveal, feed, share })
      try {
        const outcome = pack(await respond(exchange, bodyOf(request)).catch(reveal))
        const loggedReply = await logAccesses(exchange, outcome, request)
        return send(reply, loggedReply, (error) => report(request, error))
      } finally {
        // Only now, because the work goes on when the reader has gone.
        finished(reply.raw, share.end)
      }
    }

    const logAccesses = async (
      exchange: Exchange,
      outcome: PackedReply | FhirError,
      request: FastifyRequest,
    ): Promise<PackedReply> => {
      const { authorization } = exchange
      const accesses = accessesOf(exchange, outcome)
      try {
        await deps.recorder.recordRead(accesses, authorization && markUsed(authorization))
      } catch (error) {
        report(request, error)
        return refusal(unavailable())
      }
      return toReply(outcome)
    }

    app.setErrorHandler((error, request, reply) => answer(request, reply, toFhirError(error, request)))
    for (const url of ['/metadata', `${MOUNT}/metadata`])
      app.get(url, { config: { cors: 'anyone' } }, toMetadata)
    // The methods of other protocols are refused and logged like any other.
    for (const method of METHODS)
      if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true })
    for (const url of [MOUNT, `${MOUNT}/*`])
      app.all(url, { config: { cors: 'applications' } }, (request, reply) => answer(request, reply))
  }

/** Reads a request. @param early Fastify's error, if it refused the request before a handler ran. */
const readRequest = (request: FastifyRequest, early?: FhirError): FhirRequest => {
  const { id, ip, headers, url, method } = request
  const question = url.indexOf('?')
  const path = url.slice(MOUNT.length, question < 0 ? undefined : question).replace(/^\//, '')
  return {
    id,
    address: ip,
    interaction: early ? { kind: 'other', error: early } : interactionOf(method, path),
    path,
    search: question < 0 ? '' : url.slice(question + 1),
    method,
    authorization: headers.authorization,
    dpop: headers.dpop?.toString(),
    accept: headers.accept,
    prefer: headers.prefer?.toString(),
    ifNoneMatch: headers['if-none-match'],
  }
}

const bodyOf = ({ headers, raw }: FastifyRequest): RequestBody => ({
  contentType: headers['content-type'],
  stream: raw,
})

/** Returns the current CapabilityStatement. Builds it again when the source offers something else. */
const statementOf = ({ config, clock, source }: FhirDeps): (() => Promise<string>) => {
  const startedAt = clock()
  let last: { offer: SourceOffer | undefined; text: string } | undefined
  return async () => {
    // Applications learn from it how to sign in, so it is served even when the source does not answer.
    const offer = await source.offer?.().catch((): SourceOffer => NOTHING)
    if (!last || last.offer !== offer) {
      const date = last ? clock() : startedAt
      last = { offer, text: capabilityStatement(config, date, offer) }
    }
    return last.text
  }
}

const NOTHING: SourceOffer = new Map()

const respondToMetadata = ({ accept, search }: FhirRequest, body: string): PackedReply => {
  try {
    requireJson(accept, new URLSearchParams(search).get('_format'))
    return { status: 200, headers: { 'cache-control': 'public, max-age=300' }, body }
  } catch (error) {
    if (error instanceof FhirError) return refusal(error)
    throw error
  }
}

const send = (
  reply: FastifyReply,
  { status, headers, body }: PackedReply,
  onFault: (error: unknown) => void,
) => {
  reply.code(status).headers(headers)
  if (status === 304) return reply.send()
  return reply
    .header('content-type', FHIR_JSON)
    .send(typeof body === 'string' || Buffer.isBuffer(body) ? body : streamOf(body, onFault))
}

/** Decides, for all routes, what an error reveals: its own message if it is one of ours, otherwise nothing. */
const toFhirError = (error: unknown, request: FastifyRequest): FhirError => {
  if (error instanceof FhirError) return error
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number }
  if (statusCode >= 400 && statusCode < 500)
    return new FhirError(statusCode, 'invalid', 'bad_request', 'The request is malformed.')
  report(request, error)
  if (code === 'store-unavailable') return unavailable()
  if (code === 'log-changed') return logChanged()
  return new FhirError(500, 'exception', 'exception', 'The server made a mistake. It has been noted.')
}

const report = (request: FastifyRequest, error: unknown): void =>
  reportFault(request, error, 'a FHIR request failed')
