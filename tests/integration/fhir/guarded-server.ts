import fastify, { type InjectOptions } from 'fastify'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import type { Config } from '../../../server/config.ts'
import { createAnswerBudget } from '../../../server/fhir/access/answer-budget.ts'
import type { SharedSource } from '../../../server/fhir/access/source.ts'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { fhirRoutes } from '../../../server/fhir/http/routes.ts'
import { storedId } from '../../../server/grants/stored-id.ts'
import { readNoBodies } from '../../../server/read-at-most.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase } from '../../fixtures/store.ts'

export const BASE = 'http://localhost:3999/fhir'
export const START = Date.UTC(2026, 0, 1)

/** Tokens of the people in `tests/attacks`, who differ only in what each may do. */
const TOKENS = {
  TA: { account: 'anna', patient: 'pa', scope: 'openid patient/*.rs' },
  TAobs: { account: 'anna', patient: 'pa', scope: 'patient/Observation.rs' },
  /** Signed in without a patient in context. */
  TAnone: { account: 'anna', patient: null, scope: 'patient/*.rs' },
  TAuser: { account: 'anna', patient: null, scope: 'user/*.rs' },
  TAread: { account: 'anna', patient: 'pa', scope: 'patient/*.r' },
  TC: { account: 'lee', patient: null, scope: 'user/*.rs' },
  /** A clinician who opened one patient in an application, and then another. */
  TCpa: { account: 'lee', patient: 'pa', scope: 'patient/*.rs' },
  TCpb: { account: 'lee', patient: 'pb', scope: 'patient/*.rs' },
  TADM: { account: 'admin', patient: null, scope: 'user/*.rs' },
  TAlab: { account: 'anna', patient: 'pa', scope: 'patient/Observation.rs?category=laboratory' },
  TAlabFinal: {
    account: 'anna',
    patient: 'pa',
    scope:
      'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&status=final',
  },
  TAlabOrMarch: {
    account: 'anna',
    patient: 'pa',
    scope: 'patient/Observation.rs?category=laboratory patient/Observation.rs?status=final&date=2025-03',
  },
  TClab: { account: 'lee', patient: null, scope: 'user/Observation.rs?category=laboratory' },
  TAsome: { account: 'anna', patient: 'pa', scope: 'patient/Patient.r patient/Observation.s?date=2025-03' },
  TAv1: { account: 'anna', patient: 'pa', scope: 'patient/Observation.read' },
  TAlog2025: { account: 'anna', patient: 'pa', scope: 'patient/AuditEvent.rs?date=2025' },
  /** An administrator's, for a part of the log. */
  TADMpart: { account: 'admin', patient: null, scope: 'user/AuditEvent.rs?date=ge2026' },
  TAunknown: { account: 'anna', patient: 'pa', scope: 'patient/Observation.rs?forgotten=laboratory' },
} as const
/** `TS` belongs to an application that acts on its own behalf. */
export type TokenName = keyof typeof TOKENS | 'TS'

const ACCOUNTS = [
  { id: 'anna', name: 'Anna A', role: 'patient', patient: 'pa', practitioner: null },
  { id: 'lee', name: 'Lee', role: 'clinician', patient: null, practitioner: 'pr1' },
  { id: 'admin', name: 'Admin', role: 'admin', patient: null, practitioner: null },
] as const

export interface GuardedServer {
  readonly store: Store
  /** Milliseconds since 1970; move it to let time pass. */
  now: number
  /** The server's log output. */
  readonly lines: string[]
  /** The next writes fail, as on a full disk. */
  breakWrites: boolean
  get(path: string, token?: TokenName | undefined, options?: InjectOptions): Promise<Answer>
  /** Listens on a free port, for a client with a connection that can break. @returns its FHIR base. */
  listen(): Promise<string>
  /** Entries added to the access log since the last call. */
  entries(): Promise<Entry[]>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any shape
  readonly json: any
}

/** Returns the link to the next page of a search. */
export const nextOf = ({ json }: Answer): string | undefined =>
  json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url

export const requireNext = (answer: Answer): string => {
  const next = nextOf(answer)
  if (next === undefined) throw new Error('the page has no next link')
  return next
}

export interface Entry {
  readonly patient: string | null
  readonly agent: string | null
  readonly subtype: string
  readonly outcome: string
  readonly request_id: string
  readonly query: string | undefined
  readonly json: string
}

const failToWrite = async () => {
  throw new Error('database or disk is full')
}

/**
 * Only the FHIR API, on a real database in a separate file, with the given resources.
 *
 * @param openSource makes another source, with the database's own access log.
 */
export const startGuarded = async (
  resources: readonly object[],
  engine: Engine = 'sqlite',
  openSource: (db: Db) => SharedSource = (db) => ({ askedBy: () => embeddedSource(db) }),
): Promise<GuardedServer> => {
  const database = await createDatabase(engine)
  const real = await database.open()
  await real.write(async (trx) => {
    await putTokens(trx)
    for (const resource of resources) await putResource(trx, resource, START)
  })
  const server = { now: START, breakWrites: false, lines: [] as string[] }
  const store: Store = {
    ...real,
    write: (work) =>
      real.write(async (trx) => {
        const value = await work(trx)
        if (server.breakWrites) throw new Error('database or disk is full')
        return value
      }),
    writeLast: (addRows) =>
      real.writeLast((end) => {
        addRows(end)
        if (server.breakWrites) end.add(failToWrite, [undefined])
      }),
  }
  const config: Config = {
    publicUrl: BASE.slice(0, -'/fhir'.length),
    host: '127.0.0.1',
    port: 3999,
    source: { kind: 'embedded' },
    organization: { name: 'Riverside Clinic', about: '', color: '#000000' },
  }
  const app = fastify({ logger: { stream: { write: (line: string) => void server.lines.push(line) } } })
  readNoBodies(app)
  const source = openSource(store.db)
  const deps = { config, store, source, clock: () => server.now }
  await app.register(
    fhirRoutes({
      ...deps,
      recorder: createRecorder(deps),
      budget: createAnswerBudget(),
      pageKey: () => PAGE_KEY,
    }),
  )

  let lastSeq = 0
  return Object.assign(server, {
    store,
    get: async (path: string, token?: TokenName, options: InjectOptions = {}): Promise<Answer> => {
      const url = path.startsWith(BASE) ? path.slice(BASE.length - '/fhir'.length) : `/fhir/${path}`
      const headers = { ...(token && { authorization: `Bearer ${token}-token` }), ...options.headers }
      const {
        statusCode,
        headers: answerHeaders,
        payload,
      } = await app.inject({ method: 'GET', ...options, url, headers })
      const isJson =
        String(answerHeaders['content-type']).startsWith('application/fhir+json') && payload !== ''
      return {
        status: statusCode,
        headers: answerHeaders,
        text: payload,
        json: isJson ? JSON.parse(payload) : undefined,
      }
    },
    listen: async () => `${await app.listen({ host: '127.0.0.1', port: 0 })}/fhir`,
    entries: async (): Promise<Entry[]> => {
      const rows = await real.db
        .selectFrom('audit_event')
        .selectAll()
        .where('seq', '>', lastSeq)
        .orderBy('seq')
        .execute()
      lastSeq = rows.at(-1)?.seq ?? lastSeq
      return rows.map((row) => ({ ...row, query: queryOf(row.json) }))
    },
    close: async () => {
      await app.close()
      await real.close()
      await database.close()
    },
  })
}

const queryOf = (json: string): string | undefined => {
  const entity = JSON.parse(json).entity?.find((each: { query?: string }) => each.query !== undefined)
  return entity && Buffer.from(entity.query, 'base64').toString()
}

const PAGE_KEY = new Uint8Array(32).fill(7)

const putTokens = async (trx: Db): Promise<void> => {
  for (const account of ACCOUNTS)
    await trx
      .insertInto('account')
      .values({ ...account, username: account.id, password_hash: '' })
      .execute()
  const job = {
    client_name: 'Night Job',
    grant_types: ['client_credentials'],
    scope: 'system/Observation.rs',
  }
  for (const [id, metadata] of Object.entries({ ext: { client_name: 'Carekey' }, job }))
    await trx
      .insertInto('oauth_record')
      .values({ ...NO_RECORD, model: 'Client', id, payload: JSON.stringify(metadata) })
      .execute()
  const hour = START + 3_600_000
  await trx
    .insertInto('oauth_record')
    .values({
      ...NO_RECORD,
      model: 'ClientCredentials',
      id: storedId('TS-token'),
      payload: JSON.stringify({ clientId: 'job', scope: job.scope }),
      expires_at: hour,
    })
    .execute()
  for (const [name, { account, patient, scope }] of Object.entries(TOKENS)) {
    await trx
      .insertInto('consent')
      .values({
        grant_id: `grant-${name}`,
        account_id: account,
        account_generation: 1,
        client_id: 'ext',
        client_generation: '',
        patient,
        scope,
        window: 'hour',
        created_at: START,
        expires_at: hour,
        revoked_at: null,
      })
      .execute()
    const token = {
      ...NO_RECORD,
      payload: JSON.stringify({ scope }),
      grant_id: `grant-${name}`,
      account_id: account,
    }
    for (const model of ['AccessToken', 'RefreshToken'])
      await trx
        .insertInto('oauth_record')
        .values({
          ...token,
          model,
          id: storedId(`${name}-${model === 'AccessToken' ? 'token' : 'refresh'}`),
          expires_at: hour,
        })
        .execute()
  }
}

const NO_RECORD = {
  grant_id: null as string | null,
  account_id: null as string | null,
  uid: null,
  consumed_at: null,
  expires_at: null as number | null,
}
