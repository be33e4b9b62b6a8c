import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { hasPostgres } from '../fixtures/postgres.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { createOwnPostgres } from '../fixtures/store.ts'
import { obtainCode, readRecord, redeem, refresh } from '../fixtures/token-requests.ts'
import { halfDone } from './half-done.ts'
import { openAccount } from './own-account.ts'
import { createRecordLoad } from './record-load.ts'
import { createTokenLoad } from './token-load.ts'

const HOW = ['immediate', 'fast', 'immediate', 'fast'] as const
/** The number of answers after which PostgreSQL is stopped. */
const ANSWERS = 20

test.runIf(hasPostgres)(
  'while PostgreSQL restarts, the answer is 503 with a time to try again; then service resumes, and nothing is lost',
  async () => {
    const database = await createOwnPostgres(riverside)
    const server = await startServerProcess({ db: database.url, logKey: database.logKey })
    onTestFinished(async () => {
      await server.stop()
      await database.close()
    })
    const { url } = server
    const { postgres } = database
    const { body: token } = await redeem(url, await obtainCode(url))
    const account = await openAccount(url)

    const bearer = { authorization: `Bearer ${token.access_token}` }
    const json = { ...bearer, 'content-type': 'application/fhir+json' }
    const form = (fields: Record<string, string | undefined>): RequestInit => ({
      method: 'POST',
      body: new URLSearchParams({ client_id: 'carekey', ...(fields as Record<string, string>) }),
    })
    const authorize = new URLSearchParams({ client_id: 'carekey', response_type: 'code' })
    const unavailable: [string, RequestInit?][] = [
      ['/fhir/Patient/john-doe', { headers: bearer }],
      ['/fhir/Patient/john-doe'],
      ['/fhir/Patient/john-doe/$everything', { headers: bearer }],
      ['/fhir/Observation?_count=3', { headers: bearer }],
      ['/fhir/AuditEvent', { headers: bearer }],
      ['/fhir/Nothing', { headers: bearer }],
      [
        '/fhir/Observation/_search',
        { method: 'POST', headers: bearer, body: new URLSearchParams('_count=1') },
      ],
      ['/fhir', { method: 'POST', headers: json, body: '{"resourceType":"Bundle","type":"batch"}' }],
      ['/oauth/token', form({ grant_type: 'refresh_token', refresh_token: token.refresh_token })],
      ['/oauth/token', form({ grant_type: 'authorization_code', code: 'x', code_verifier: 'v'.repeat(43) })],
      ['/oauth/introspect', form({ token: token.access_token })],
      ['/oauth/revoke', form({ token: token.access_token })],
      ['/oauth/register', { method: 'POST', headers: json, body: '{}' }],
      ['/oauth/userinfo', { headers: bearer }],
      [`/oauth/authorize?${authorize}`],
      ['/audit/checkpoint'],
      ['/audit/proof/consistency?from=1&to=2'],
      [`/audit/proof/inclusion?size=1&entry=${randomUUID()}`, { headers: bearer }],
      ['/login', account.login],
      ['/account', { headers: account.signedIn }],
      ['/account/log', { headers: account.signedIn }],
      ['/account/log/download', { headers: account.signedIn }],
      [
        '/account',
        { method: 'POST', headers: account.signedIn, body: new URLSearchParams({ do: 'sign-out' }) },
      ],
      ['/ehr', { headers: account.signedIn }],
      ['/readyz'],
    ]
    const load = createTokenLoad()
    const record = await createRecordLoad(url)
    for (const how of HOW) {
      const codes = await Promise.all([obtainCode(url), obtainCode(url)])
      const answering = Promise.withResolvers<void>()
      let answers = 0
      const count = () => {
        if (++answers === ANSWERS) answering.resolve()
      }
      const running = Promise.all([load.run(url, codes), record.run(url, count)])
      await answering.promise
      await (how === 'fast' ? postgres.halt() : postgres.crash())
      // Each continues until it is refused, because no request waits for a database that is away.
      await running
      // It acts once a second at most, so until then it may say what was found before.
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 4_000 }).toBe(503)
      for (const [path, init] of unavailable) {
        const response = await fetch(`${url}${path}`, { ...init, redirect: 'manual' })
        const text = await response.text()
        expect(response.status, `${path} ${text}`).toBe(503)
        expect(Number(response.headers.get('retry-after')), path).toBeGreaterThan(0)
        expect(response.headers.getSetCookie(), path).toEqual([])
        expect(text, path).not.toMatch(/Doe|john-doe|access_token|"active"|"entry"|"sub"|postgres|ECONN/i)
      }
      expect((await fetch(`${url}/fhir/metadata`)).status).toBe(200)
      await postgres.start()
      await load.settle(url)
      expect(await readRecord(url, token.access_token)).toBe(200)
      expect((await fetch(`${url}/account`, { headers: account.signedIn, redirect: 'manual' })).status).toBe(
        200,
      )
    }

    expect([...load.faults, ...record.faults]).toEqual([])
    expect((await refresh(url, token.refresh_token)).status).toBe(200)
    const store = await database.open()
    expect(await halfDone(store, load, record)).toEqual([])
    expect(await verifyLog(store.db, await readLogKey(database.logKey))).toHaveProperty('checkpoints')
    await store.close()
  },
  120_000,
)
