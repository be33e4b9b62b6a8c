import { readdirSync, readFileSync } from 'node:fs'
import { StatementSync } from 'node:sqlite'
import { CompiledQuery, sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeAccount } from '../../../server/grants/accounts.ts'
import { forgetUnticked } from '../../../server/grants/unticked.ts'
import { endGrant } from '../../../server/oauth/terms/grants.ts'
import { createPasswordLink } from '../../../server/sign-in/password/password-link.ts'
import { endAllSignIns } from '../../../server/sign-in/visit/own-session.ts'
import { sweepEnded } from '../../../server/store/tables/sweep.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { obtainCode, readRecord, redeem, refresh } from '../../fixtures/token-requests.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const SERVER = 'server'
const OF_RECORDS = /^\w+\('oauth_record\b/
/** A condition on what a record belongs to. */
const NAMES = /where(?:Ref)?\(\s*'(?:record\.|token\.)?(?:account_id|grant_id|uid)'/
const HOUR = 3_600_000
/** So many that a database reads them all only if no index serves. */
const OTHERS = 4_000

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Returns the different statements that reach either database meanwhile. */
const collect = async (run: () => Promise<void>): Promise<Statement[]> => {
  const statements = new Map<string, Statement>()
  const undo: (() => void)[] = []
  const watch = (prototype: object, name: string, read: (self: unknown, args: unknown[]) => Statement) => {
    const methods = prototype as Record<string, Method>
    const original = methods[name] as Method
    methods[name] = function (...args) {
      const statement = read(this, args)
      statements.set(statement.text, statement)
      return original.apply(this, args)
    }
    undo.push(() => {
      methods[name] = original
    })
  }
  for (const name of ['all', 'get', 'iterate', 'run'])
    watch(StatementSync.prototype, name, (self, values) => ({
      text: (self as StatementSync).sourceSQL,
      values,
    }))
  watch(pg.Client.prototype, 'query', (_self, [query]) => {
    const { text, values = [] } = typeof query === 'string' ? { text: query } : (query as pg.QueryConfig)
    return { text, values }
  })
  try {
    await run()
  } finally {
    for (const stop of undo) stop()
  }
  return [...statements.values()]
}

/** Runs the statements that look up records of an account, a grant or a sign-in, by the file that has them. */
const ACTIONS: Readonly<Record<string, (clinic: TestOrganization) => Promise<unknown>>> = {
  'grants/accounts.ts': ({ store }) => store.write((trx) => removeAccount(trx, 'jane', Date.now())),
  'grants/lost-answer.ts': async ({ url }) => {
    const { body } = await redeem(url, await obtainCode(url))
    await refresh(url, body.refresh_token)
    now += HOUR / 2
    const again = await refresh(url, body.refresh_token)
    expect(await readRecord(url, again.body.access_token)).toBe(200)
  },
  'grants/unticked.ts': ({ store }) => store.write((trx) => forgetUnticked(trx, 'carekey')),
  'sign-in/password/device-cookie.ts': async ({ url }) => {
    const cookies = new Map<string, string>()
    const agent = createUserAgent(url, fetch, cookies)
    const signIn = async () =>
      agent.submit(await agent.open('/login'), { username: 'john', password: 'john-demo' })
    await signIn()
    for (const name of cookies.keys()) if (!name.includes('device')) cookies.delete(name)
    await signIn()
  },
  // A sign-in to an authorization that this browser began.
  'sign-in/visit/begun-cookie.ts': ({ url }) => obtainCode(url),
  'sign-in/visit/own-session.ts': ({ store }) => store.write((trx) => endAllSignIns(trx, 'john')),
  'sign-in/password/password-link.ts': ({ store }) =>
    store.write((trx) => createPasswordLink(trx, 'john', Date.now())),
  'store/tables/sweep.ts': async ({ url, store }) => {
    await redeem(url, await obtainCode(url))
    const { grant_id } = await store.db.selectFrom('consent').select('grant_id').executeTakeFirstOrThrow()
    await store.write((trx) => endGrant(trx, grant_id, now))
    expect(await sweepEnded(store, now)).toBe(true)
  },
}

let now = Date.now()

const many = <Row>(rowAt: (index: number) => Row): Row[] =>
  Array.from({ length: OTHERS }, (_, at) => rowAt(at))

/** The files of the server that have such statements, with how many. */
const SOURCES: ReadonlyMap<string, number> = new Map(
  readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file): [string, number] => {
      const statements = readFileSync(`${SERVER}/${file}`, 'utf8').split(
        /(?=selectFrom|updateTable|deleteFrom)/,
      )
      return [file, statements.filter((text) => OF_RECORDS.test(text) && NAMES.test(text)).length]
    })
    .filter(([, count]) => count > 0),
)

it('every file that looks records up by account, grant or uid is run here', () => {
  expect([...SOURCES.keys()].sort()).toEqual(Object.keys(ACTIONS).sort())
})

describe.each(engines)('a lookup of records by account, grant or uid, on %s', (engine) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    now = Date.now()
    clinic = await startOrganization({ demo: 'riverside', store: engine, clock: () => now })
    const rows = [
      ...['Device', 'PasswordLink', 'PersonSession', 'Interaction'].flatMap((model) =>
        many((at) => ({ model, id: `${model} ${at}`, account_id: `account ${at}` })),
      ),
      ...['RefreshToken', 'AccessToken', 'AuthorizationCode'].flatMap((model) =>
        many((at) => ({ model, id: `${model} ${at}`, grant_id: `grant ${at}` })),
      ),
      ...many((at) => ({ model: 'Device', id: `own ${at}`, account_id: 'john' })).slice(0, 30),
    ].map((row) => ({ ...row, payload: '{}', uid: row.id, expires_at: now + HOUR }))
    await clinic.store.write(async (trx) => {
      while (rows.length > 0) await trx.insertInto('oauth_record').values(rows.splice(0, 500)).execute()
    })
    await clinic.store.write(async (trx) => void (await sql`analyze oauth_record`.execute(trx)))
  })
  afterAll(() => clinic.close())

  /** The conditions by which the plan of a statement finds records; the whole step if it has none. */
  const conditionsOf = async ({ text, values }: Statement): Promise<string[]> => {
    const explain = engine === 'sqlite' ? 'explain query plan' : 'explain (format json)'
    const { rows } = await clinic.store.db.executeQuery(CompiledQuery.raw(`${explain} ${text}`, [...values]))
    return engine === 'sqlite' ? stepsOf(rows as { detail: string }[]) : scansOf(rows as Explained[])
  }

  it.each(Object.keys(ACTIONS).toReversed())('in %s reads no records of others', async (file) => {
    const statements = await collect(async () => void (await ACTIONS[file]?.(clinic)))
    const judged = statements.filter(({ text }) => LOOKUP.test(text))
    expect(judged.length).toBeGreaterThanOrEqual(SOURCES.get(file) ?? 1)
    for (const statement of judged) {
      const conditions = await conditionsOf(statement)
      expect(conditions.length, statement.text).toBeGreaterThan(0)
      for (const condition of conditions)
        expect(condition, statement.text).toMatch(/\b(?:id|account_id|grant_id|uid)\b/)
    }
  })
})

/** A statement over records that names one of these columns in its condition. */
const LOOKUP =
  /^(?:select .* from|update|delete from) "oauth_record".* where.*(?:"(?:oauth_record|record|token)"\.|[ (])"(?:account_id|grant_id|uid)" (?:=|in)/s

const stepsOf = (rows: readonly { detail: string }[]): string[] =>
  rows
    .filter(({ detail }) => /^(?:SCAN|SEARCH) (?:oauth_record|record|token)\b/.test(detail))
    .map(({ detail }) => /\((.*)\)/.exec(detail)?.[1] ?? detail)

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Alias?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Plan[]
}

interface Explained {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: Plan }]
}

const scansOf = (rows: readonly Explained[]): string[] => {
  const scansIn = (plan: Plan): string[] => {
    if (plan['Relation Name'] !== 'oauth_record' || plan['Node Type'] === 'ModifyTable')
      return (plan.Plans ?? []).flatMap(scansIn)
    if (plan.Alias === 'client') return []
    // A bitmap's condition stands at the step below.
    const conditions = [plan, ...(plan.Plans ?? [])].flatMap((step) => step['Index Cond'] ?? [])
    return conditions.length > 0 ? conditions : [plan['Node Type']]
  }
  return rows.flatMap((row) => scansIn(row['QUERY PLAN'][0].Plan))
}
