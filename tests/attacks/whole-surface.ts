import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { type RawBuilder, sql } from 'kysely'
import { freePort } from '../../scripts/server-process.ts'
import { createApp } from '../../server/app.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { signIn } from '../fixtures/sign-in.ts'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { createAttackedDatabase } from './attacked-database.ts'
import { patientsAndPeople } from './attacked-server.ts'
import { applications, holders } from './people.ts'

/** The callers: nobody, a stranger with an invalid token, the three roles, and an application on its own behalf. */
export const CALLERS = ['nobody', 'stranger', 'patient', 'clinician', 'administrator', 'application'] as const
export type Caller = (typeof CALLERS)[number]

export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
] as const
export type Method = (typeof METHODS)[number]

/** The kind of an answer: `404 html`, `303 /login`. */
export type Kind = string

/** A server in this process, with its table of routes. */
export interface Surface {
  readonly url: string
  /** Every path with a route, with its methods. */
  readonly routes: ReadonlyMap<string, ReadonlySet<string>>
  /** Everything that a request could have added, changed or allowed. */
  contents(): Promise<unknown>
  /** How much a request could have left in each table: rows, entries in the log, counts of strangers. */
  traces(): Promise<Readonly<Record<string, number>>>
  tokenOf(caller: Caller): string | undefined
  /** Sends a request-target unchanged. */
  ask(method: Method, target: string, caller: Caller, headers?: Record<string, string>): Promise<Kind>
  close(): Promise<void>
}

export const openSurface = async (): Promise<Surface> => {
  const database = await createAttackedDatabase(patientsAndPeople)
  const { store, logKey, keyFile } = database
  const routes = new Map<string, Set<string>>()
  // Fastify has a hook for new instances, so the server's code does not need to know about this.
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ url, method }: RouteOptions) => {
      const cached = routes.get(url) ?? new Set()
      routes.set(url, cached)
      for (const each of [method].flat()) cached.add(each)
    })
  }
  subscribe('fastify.initialization', listen)
  const port = await freePort()
  const config = {
    publicUrl: `http://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    source: { kind: 'embedded' as const },
    organization: { name: 'North Clinic', about: 'Health records', color: '#0b6e6e' },
  }
  const app = await createApp({ config, store, clock: Date.now, logKey: { file: logKey }, keyFile })
  unsubscribe('fastify.initialization', listen)
  await app.listen({ host: config.host, port })

  const url = config.publicUrl
  const signInAs = async (holder: keyof typeof holders) =>
    (await signIn(url, { ...holders[holder], application: applications.ext })).access_token
  const job = await registerSignedClient({ url, store })
  const answer = await job.request({ grant_type: 'client_credentials', scope: 'system/*.rs' })
  const tokens: Record<Caller, string | undefined> = {
    nobody: undefined,
    stranger: 'a-token-that-nobody-was-given',
    patient: await signInAs('TA'),
    clinician: await signInAs('TC'),
    administrator: await signInAs('TADM'),
    application: ((await answer.json()) as { access_token: string }).access_token,
  }

  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    url,
    routes,
    contents: async () => ({
      clients: await store.db
        .selectFrom('oauth_record')
        .selectAll()
        .where('model', '=', 'Client')
        .orderBy('id')
        .execute(),
      accounts: await store.db.selectFrom('account').selectAll().orderBy('id').execute(),
      consents: await store.db
        .selectFrom('consent')
        .select(['grant_id', 'scope', 'revoked_at'])
        .orderBy('grant_id')
        .execute(),
      resources: await store.db
        .selectFrom('resource')
        .select(['type', 'id', 'json'])
        .orderBy('type')
        .orderBy('id')
        .execute(),
    }),
    traces: async () => {
      const countOf = async (query: RawBuilder<{ count: number }>) =>
        Number((await query.execute(store.db)).rows[0]?.count)
      const tables = (await store.db.introspection.getTables()).map(({ name }) => name)
      // Of the log only the entries: it is signed, and the counts become entries, whether anybody asks or not.
      const others = tables.filter((name) => !/^audit_|^refused_request$/.test(name))
      const counts = await Promise.all(
        others.map(
          async (name) =>
            [name, await countOf(sql`select count(*) as count from ${sql.table(name)}`)] as const,
        ),
      )
      const { total, by } = await refusedRequests(store)
      return {
        ...Object.fromEntries(counts),
        entries: await countOf(sql`select count(*) as count from audit_event where subtype <> 'refusals'`),
        refusals: total,
        // What the parser gave up, beside the request itself if that had begun.
        unparsed: by['other bad_request'] ?? 0,
        // Faults of the server's own.
        failures:
          (await countOf(sql`select count(*) as count from audit_event where outcome not in ('0', '4')`)) +
          Object.entries(by).reduce(
            (sum, [name, count]) => (/ (http_5\d\d|server_error)$/.test(name) ? sum + count : sum),
            0,
          ),
      }
    },
    tokenOf: (caller) => tokens[caller],
    ask: (method, path, caller, more = {}) =>
      new Promise((resolve, reject) => {
        const token = tokens[caller]
        const bearer = token && { authorization: `Bearer ${token}` }
        const headers = { connection: 'keep-alive', ...bearer, ...more }
        const outgoing = request({ host: config.host, port, agent, method, path, headers }, (response) => {
          const { statusCode = 0, headers } = response
          const kind = `${statusCode} ${kindOf(statusCode, headers)}`
          response
            .resume()
            .on('end', () => resolve(kind))
            .on('error', reject)
        })
        outgoing.on('error', (cause) => reject(new Error(`${method} ${path} by ${caller}: ${cause.message}`)))
        outgoing.end()
      }),
    close: async () => {
      agent.destroy()
      await app.close()
      await database.close()
    },
  }
}

const kindOf = (status: number, { location, ...headers }: IncomingHttpHeaders): string => {
  if (location !== undefined) return location.replace(/^http:\/\/127.0.0.1:\d+/, '').replace(/\?.*/, '')
  const type = String(headers['content-type'] ?? '')
  if (type.includes('html')) return 'page'
  if (type.includes('fhir')) return 'fhir'
  if (type.includes('json')) return status >= 400 ? 'error' : 'json'
  return type === '' ? 'empty' : 'text'
}
