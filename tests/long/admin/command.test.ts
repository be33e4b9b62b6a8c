import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEvent } from '@medplum/fhirtypes'
import type { FastifyInstance } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../scripts/server-process.ts'
import { createApp } from '../../../server/app.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import type { Store } from '../../../server/store/store.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { runAdmin, spawnCommand } from '../../fixtures/run-command.ts'
import { allowInBrowser, authorizationUrl, discover, signIn } from '../../fixtures/sign-in.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { appendOne } from '../../integration/audit/logged.ts'

/** Not a demo, so there is nobody except the people that the commands add. */
describe.each(engines)('administration at the terminal, on %s', { timeout: 60_000 }, (engine) => {
  let database: TestDatabase
  let store: Store
  let app: FastifyInstance
  let url: string
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-admin-'))
    database = await createDatabase(engine)
    store = await database.open()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const organization = { name: 'North Clinic', about: 'Health records', color: '#0b6e6e' }
    const source = { kind: 'embedded' as const }
    const config = { publicUrl: url, host: '127.0.0.1', port, source, organization }
    const { logKey, keyFile } = database
    app = await createApp({ config, store, clock: Date.now, keyFile, logKey: { file: logKey } })
    await app.listen({ host: config.host, port })
  })
  afterAll(async () => {
    await app.close()
    await store.close()
    await database.close()
    await rm(folder, { recursive: true })
  })

  const admin = (args: string[], input?: string) => runAdmin([...args, '--db', database.url], input)
  const runJson = async (args: string[], input?: string) => {
    const { status, out, last } = await admin(args, input)
    expect(status, last).toBe(0)
    return JSON.parse(out) as { client_id: string; client_secret?: string; username: string }
  }
  const redirect_uri = 'http://127.0.0.1/callback'
  const scope = 'openid launch/patient patient/*.rs'

  it('shows the organization’s name on its pages and in its documents, and names the log by its address', async () => {
    const read = async (path: string) => (await fetch(`${url}${path}`)).text()
    expect(await read('/login')).toContain('<strong>North Clinic</strong>')
    expect(JSON.parse(await read('/metadata'))).toMatchObject({ publisher: 'North Clinic' })
    expect(await read('/brands.json')).toContain('"name":"North Clinic"')
    expect(await read('/audit/checkpoint')).toMatch(new RegExp(`^${new URL(url).host}/audit\n`))
  })

  it('adds a person and applications, who can sign in at once while the server runs', async () => {
    const person = ['user', 'add', '--name', 'Ana', '--role', 'patient', '--patient', 'ana-1']
    expect(await runJson(person, 'ana-demo\n')).toMatchObject({ username: 'ana', patient: 'ana-1' })
    const secret = await runJson([
      ...['client', 'add', '--name', 'Chart Viewer', '--redirect', redirect_uri, '--secret'],
      ...['--launch', 'https://viewer.test/launch'],
    ])
    expect(secret).toMatchObject({ launch_uri: 'https://viewer.test/launch' })
    const open = await runJson(['client', 'add', '--name', 'Open Viewer', '--redirect', redirect_uri])
    expect(open).not.toHaveProperty('client_secret')
    for (const { client_id, client_secret } of [secret, open]) {
      const application = { client_id, redirect_uri, ...(client_secret && { client_secret }) }
      const token = await signIn(url, { username: 'ana', scope, application })
      expect(token.patient).toBe('ana-1')
    }
    const rows = await store.db.selectFrom('oauth_record').select('payload').execute()
    expect(rows.some(({ payload }) => payload.includes(secret.client_secret ?? 'none'))).toBe(false)
    const log = await store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', 'in', ['account', 'register'])
      .execute()
    expect(log.length).toBe(3)
    const [application] = log.filter(({ json }) => json.includes('Chart Viewer'))
    const { agent, entity } = JSON.parse(application?.json ?? '') as AuditEvent
    expect(agent.map(({ who }) => who?.display)).toEqual(['Administration at the terminal', 'North Clinic'])
    expect(entity).toContainEqual(
      expect.objectContaining({
        name: 'Chart Viewer',
        what: { identifier: { value: secret.client_id } },
      }),
    )
    for (const { json } of log) {
      const { source } = JSON.parse(json) as { source: { observer: object } }
      expect(source.observer).toEqual({ display: 'North Clinic', reference: `${url}/fhir` })
    }
  })

  it('erases a patient from the access log, which stays valid', { timeout: 60_000 }, async () => {
    const about = () =>
      store.db.selectFrom('audit_event').select('subtype').where('json', 'like', '%Patient/ana-1%').execute()
    await appendOne(store, 'ana-1')
    const before = (await about()).length
    expect(before).toBeGreaterThan(0)
    const erase = ['log', 'erase', '--patient', 'ana-1', '--log-key', database.logKey]
    expect(await runJson([...erase, '--yes'])).toEqual({ erased: before })
    // She can sign in, so her log says that it starts again.
    expect(await about()).toEqual([{ subtype: 'erasure' }])
    expect(await verifyLog(store.db, await readLogKey(database.logKey))).toMatchObject({
      entries: expect.any(Number),
      erased: before,
    })
    const { status, last } = await admin(erase)
    expect([status, last]).toEqual([1, 'The access log has no entry about a patient ana-1.'])
  })

  it('adds an application that acts on its own behalf, with its keys', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES384')
    const file = join(folder, 'keys.json')
    await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] }))
    const { client_id } = await runJson([
      ...['client', 'add', '--name', 'Night Job', '--jwks', file, '--scope', 'system/*.rs'],
    ])
    const assertion = await new SignJWT({
      iss: client_id,
      sub: client_id,
      aud: `${url}/oauth/token`,
      jti: 'j',
    })
      .setProtectedHeader({ alg: 'ES384', kid: 'one' })
      .setExpirationTime('2m')
      .sign(privateKey)
    const response = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Observation.rs',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    })
    expect(await response.json()).toMatchObject({ scope: 'system/Observation.rs', expires_in: 300 })
  })

  it('adds a resource server, and an application with a built-in Client ID', async () => {
    const person = ['user', 'add', '--name', 'Bea', '--role', 'patient', '--patient', 'bea-1']
    await runJson(person, 'bea-demo\n')
    const viewer = await runJson([
      'client',
      'add',
      '--name',
      'Built',
      '--redirect',
      redirect_uri,
      '--id',
      'org.built-in',
    ])
    expect(viewer.client_id).toBe('org.built-in')
    const again = await admin([
      'client',
      'add',
      '--name',
      'Other',
      '--redirect',
      redirect_uri,
      '--id',
      'org.built-in',
    ])
    expect([again.status, again.out]).toEqual([1, ''])
    expect(again.last).toMatch(/There is already an application org.built-in/)

    const gateway = await runJson(['client', 'add', '--name', 'Gateway', '--introspect', '--secret'])
    const other = await runJson(['client', 'add', '--name', 'Other', '--redirect', redirect_uri, '--secret'])
    const application = { client_id: viewer.client_id, redirect_uri }
    const { access_token } = await signIn(url, { username: 'bea', scope, application })
    const ask = async ({ client_id, client_secret = '' }: { client_id: string; client_secret?: string }) => {
      const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
      const body = new URLSearchParams({ token: access_token })
      const response = await fetch(`${url}/oauth/introspect`, {
        method: 'POST',
        headers: { authorization },
        body,
      })
      return (await response.json()) as object
    }
    expect(await ask(gateway)).toMatchObject({ active: true, client_id: 'org.built-in', patient: 'bea-1' })
    expect(await ask(other)).toEqual({ active: false })
  })

  it('limits an application to its scope', async () => {
    const { client_id } = await runJson([
      ...['client', 'add', '--name', 'Weights', '--redirect', redirect_uri],
      ...['--scope', 'launch/patient patient/Observation.rs'],
    ])
    const application = { client_id, redirect_uri }
    const request = { application, scope: 'launch/patient patient/Condition.rs' }
    const address = await authorizationUrl(await discover(url), request, 'v'.repeat(43))
    const { url: answer } = await allowInBrowser(address, { username: 'ana', ...request })
    expect(answer.searchParams.get('error')).toBe('access_denied')
    const token = await signIn(url, { username: 'ana', application, scope })
    expect(token.scope).toBe('openid launch/patient patient/Observation.rs')
  })

  it.each<[number, string[], RegExp]>([
    [2, [], /There is no command/],
    [2, ['client', 'change'], /There is no command "client change"/],
    [2, ['foo', '--db', 'sqlite:none.db'], /There is no command "foo"\./],
    [2, ['client', 'remove'], /Name one Client ID/],
    [2, ['client', 'add'], /--name is missing/],
    [2, ['client', 'add', '--name', 'X'], /--redirect is missing/],
    [
      2,
      ['client', 'add', '--name', 'X', '--redirect', redirect_uri, '--public', '--secret'],
      /cannot be combined/,
    ],
    [2, ['client', 'add', '--name', 'X', '--introspect'], /--introspect needs/],
    [2, ['client', 'add', '--name', 'X', '--redirect', redirect_uri, '--id', 'a b'], /--id takes/],
    [2, ['client', 'add', '--name', 'X', '--redirect', redirect_uri, '--id', ''], /--id takes/],
    [2, ['client', 'add', '--name', 'X', '--colour', 'red'], /Unknown option '--colour'/],
    ...[
      'http://example.org/cb',
      'https://example.org/cb#fragment',
      'https://example.org/a b',
      ' https://example.org/cb',
      'https:example.org/cb',
      'example.org/cb',
    ].map((address): [number, string[], RegExp] => [
      1,
      ['client', 'add', '--name', 'X', '--redirect', address],
      /^The application was not registered: redirect_uris must be https addresses, or http on localhost, without spaces, #, \* or a user name, in a host of 253 characters at most\.$/,
    ]),
    [1, ['client', 'add', '--name', 'X', '--redirect', redirect_uri, '--scope', 'patient/*.sr'], /scope/],
    [1, ['client', 'add', '--name', 'X', '--redirect', redirect_uri, '--jwks', '/nowhere'], /cannot be read/],
    [
      1,
      ['client', 'add', '--name', 'X', '--redirect', redirect_uri, '--jwks-uri', 'http://169.254.169.254/'],
      /jwks_uri cannot be used/,
    ],
    [2, ['user', 'add', '--name', 'X', '--role', 'king'], /--role takes/],
    [2, ['user', 'add', '--name', 'X', '--role', 'patient'], /--patient names/],
    [1, ['user', 'add', '--name', 'Xi', '--role', 'admin'], /No password/],
  ])('ends with %i for %j', async (status, args, sentence) => {
    const result = await admin(args)
    expect(result.status).toBe(status)
    expect(result.out).toBe('')
    expect(result.last).toMatch(sentence)
  })

  it('prints the same as a process of its own, and exits with its status', async () => {
    const db = ['--db', database.url]
    const result = await spawnCommand(
      'admin',
      ['user', 'add', '--name', 'Di', '--role', 'admin', ...db],
      'di-secret\n',
    )
    expect([result.status, JSON.parse(result.out)]).toEqual([0, expect.objectContaining({ username: 'di' })])
    for (const args of [['client', 'add', ...db], ['user', 'reset', '--name', 'nobody', ...db], ['help']])
      expect(await spawnCommand('admin', args)).toEqual(await runAdmin(args))
  })

  it('accepts a password of 8 to 256 characters, in any Unicode form of a letter', async () => {
    const person = (name: string) => ['user', 'add', '--name', name, '--role', 'admin']
    for (const [password, sentence] of [
      ['1234567\n', /too short. It needs at least 8 characters/],
      ['\u00e9'.repeat(257), /too long. It may have at most 256 characters/],
      ['x'.repeat(30_000), /too long. It may have at most 256 characters/],
    ] as const) {
      const refusal = await admin(person('Short'), password)
      expect(refusal.status).toBe(1)
      expect(refusal.last).toMatch(sentence)
    }
    await runJson(person('Eve'), `caf\u00e9 ${'😀'.repeat(251)}\n`)
    const agent = createUserAgent(url)
    const login = await agent.open('/login')
    // Another Unicode form of it, and the maximum length.
    const password = `cafe\u0301 ${'😀'.repeat(251)}`
    expect((await agent.submit(login, { username: 'eve', password })).url.pathname).toBe('/account')
  })

  it('refuses to add a person twice', async () => {
    const person = ['user', 'add', '--name', 'Bo', '--role', 'clinician', '--practitioner', 'bo-1']
    await runJson(person, 'bo-secret')
    const again = await admin(person, 'other-secret')
    expect(again.status).toBe(1)
    expect(again.last).toMatch(/already an account named bo/)
  })
})
