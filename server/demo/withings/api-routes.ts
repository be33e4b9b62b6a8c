import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { createOperations, findOperation, type OperationDeps } from './operations.ts'
import { maintenancePage } from './pages.ts'
import { Refusal } from './refusal.ts'
import { type Fault, takeFault } from './switches.ts'

/** The services of wbsapi.withings.net, by path. */
const SERVICES = {
  '/v2/oauth2': 'oauth2',
  '/v2/signature': 'signature',
  '/measure': 'measure',
  '/v2/user': 'user',
  '/notify': 'notify',
} as const

interface ApiAnswer {
  readonly status: number
  readonly body: object
  readonly error?: string
}

/** The API of wbsapi.withings.net: a request is a form with an `action`; an answer is HTTP 200 with a `status` of its own. */
export const apiRoutes =
  (deps: OperationDeps): FastifyPluginAsync =>
  async (app) => {
    const operations = createOperations(deps)
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    )
    // Withings reads only forms. In any other body it sees no parameters.
    app.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      payload.on('end', () => done(null, new URLSearchParams()))
    })

    for (const [path, service] of Object.entries(SERVICES)) {
      app.post<{ Body?: URLSearchParams }>(path, async (request, reply) => {
        const params = request.body ?? new URLSearchParams()
        const name = `${service}.${params.get('action')}`
        const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
        const answer = async (): Promise<ApiAnswer> => {
          try {
            return { status: 0, body: await findOperation(operations, name)({ params, bearer }) }
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
            return { status: error.status, body: error.body, error: error.message }
          }
        }
        const fault = takeFault(deps.switches, name)
        if (fault) return meet(fault, reply, answer)
        const result = await answer()
        // An unknown name is not logged, because a caller may have sent anything there by mistake.
        if (Object.hasOwn(operations, name)) request.log.info({ operation: name, status: result.status })
        return send(reply, result)
      })
    }
  }

const send = (reply: FastifyReply, answer: ApiAnswer): FastifyReply =>
  reply.type('application/json').send(jsonOf(answer))

/** Fails in the planned way. */
const meet = async (
  fault: Fault,
  reply: FastifyReply,
  answer: () => Promise<ApiAnswer>,
): Promise<FastifyReply> => {
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.ms)
      return send(reply, await answer())
    case 'held': {
      const early = fault.what === 'answer' && (await answer())
      await fault.until
      return send(reply, early || (await answer()))
    }
    case 'lost':
      await answer()
      reply.hijack()
      reply.raw.destroy()
      return reply
    case 'status':
      return send(reply, { status: fault.status, body: fault.body ?? {}, error: fault.error ?? 'Planned' })
    case 'html':
      return reply.type('text/html').send(maintenancePage())
    case 'http':
      return reply.code(fault.code).type('text/html').send(maintenancePage())
    case 'empty':
      return reply.type('application/json').send('')
    case 'huge':
      return send(reply, { status: 0, body: { filler: 'x'.repeat(10_000_000) } })
    case 'endless': {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => reply.raw.write(' '), 100)
      reply.raw.on('close', () => clearInterval(drip))
      return reply
    }
  }
}

/** ECMAScript "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json: { rawJSON(text: string): unknown } = JSON as never

/** Writes bigints with all their digits. */
const jsonOf = (value: object): string =>
  JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? json.rawJSON(String(each)) : each))
