import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'

interface Listed {
  readonly client_id: string
  readonly client_name: string
  readonly redirect_uris: string[]
  readonly disabled: boolean
  readonly editable: boolean
  readonly in_use: boolean
  readonly has_secret: boolean
  readonly scope: string
  readonly use?: { people: number; complete: boolean; last_used_at?: number }
}
interface Answer {
  readonly status: number
  readonly text: string
  readonly json: Listed & {
    applications: Listed[]
    next?: string
    error?: string
    client_secret?: string
    registration_access_token: string
    registration_client_uri: string
  }
}

const redirect_uri = 'https://viewer.test/callback'
const scope = 'launch/patient patient/*.rs'

describe.each(engines)('an administrator of applications, on %s', (store) => {
  let clinic: TestOrganization
  let admin: string
  const tokenOf = async (username: string, request: string) =>
    (await signIn(clinic.url, { username, scope: request, application: carekey })).access_token
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    admin = await tokenOf('admin', 'openid client.register')
  })
  afterAll(() => clinic.close())

  const send = async (method: string, url: string, bearer: string, body?: object): Promise<Answer> => {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, json: text === '' ? {} : JSON.parse(text) }
  }
  const list = (query = '', bearer = admin) => send('GET', `${clinic.url}/oauth/applications${query}`, bearer)
  const change = (id: string, body: object, bearer = admin) =>
    send('PUT', `${clinic.url}/oauth/applications/${encodeURIComponent(id)}`, bearer, body)
  const remove = (id: string, bearer = admin) =>
    send('DELETE', `${clinic.url}/oauth/applications/${encodeURIComponent(id)}`, bearer)
  const register = async (more: object = {}) => {
    const metadata = { client_name: 'Chart Viewer', redirect_uris: [redirect_uri], ...more }
    return (await send('POST', `${clinic.url}/oauth/register`, admin, metadata)).json
  }
  const find = async (id: string) =>
    (await list()).json.applications.find(({ client_id }) => client_id === id)
  const read = async (token: string) =>
    (await send('GET', `${clinic.url}/fhir/Patient/jane-doe`, token)).status

  it('needs the scope that registers applications, and the role', async () => {
    const { client_id } = await register()
    const tokens = [
      ['', 401],
      ['unknown-token-of-nobody', 401],
      [await tokenOf('jane', 'launch/patient patient/*.rs client.register'), 403],
      [await tokenOf('admin', 'openid user/AuditEvent.rs'), 403],
    ] as const
    for (const [token, status] of tokens) {
      expect((await list('', token)).status).toBe(status)
      expect((await change(client_id, { disabled: true }, token)).status).toBe(status)
      expect((await remove(client_id, token)).status).toBe(status)
    }
    expect((await find(client_id))?.disabled).toBe(false)
  })

  it('edits what an application may ask for, which also holds for what was allowed before', async () => {
    const { client_id } = await register({ token_endpoint_auth_method: 'none' })
    const application = { client_id, redirect_uri }
    const { access_token } = await signIn(clinic.url, { username: 'jane', scope, application })
    const narrow = 'launch/patient patient/Observation.rs'
    expect((await change(client_id, { scope: narrow })).status).toBe(200)
    expect(await read(access_token)).toBe(403)
    expect((await find(client_id))?.scope).toMatch(/launch\/patient .*patient\/Observation\.rs$/)
    await change(client_id, { scope })
    expect(await read(access_token)).toBe(200)
  })

  it('sees who uses an application now, and when it was used last', async () => {
    const { client_id } = await register({ token_endpoint_auth_method: 'none' })
    const useOf = async () => (await find(client_id))?.use
    expect(await useOf()).toEqual({ people: 0, complete: true })
    const options = { username: 'jane', scope, application: { client_id, redirect_uri } }
    const { access_token } = await signIn(clinic.url, options)
    await signIn(clinic.url, options)
    expect(await useOf()).toEqual({ people: 1, complete: true })
    await read(access_token)
    await signIn(clinic.url, { ...options, username: 'john' })
    expect(await useOf()).toEqual({ people: 2, complete: true, last_used_at: expect.any(Number) })
    await change(client_id, { disabled: true })
    expect(await useOf()).toEqual({ people: 0, complete: true })
  })

  it('counts a hundred grants of an application that very many use, and says that there are more', async () => {
    const { client_id } = await register({ token_endpoint_auth_method: 'none' })
    await signIn(clinic.url, { username: 'jane', scope, application: { client_id, redirect_uri } })
    await clinic.store.write(async (trx) => {
      const grant = await trx
        .selectFrom('consent')
        .selectAll()
        .where('client_id', '=', client_id)
        .executeTakeFirstOrThrow()
      for (let n = 0; n < 100; n++)
        await trx
          .insertInto('consent')
          .values({ ...grant, grant_id: `many-${n}`, last_used_at: grant.created_at })
          .execute()
    })
    expect((await find(client_id))?.use).toEqual({ people: 1, complete: false })
  })

  it('edits the name, the addresses and the scope, and nothing else', async () => {
    const { client_id } = await register({ token_endpoint_auth_method: 'none', scope: 'patient/Patient.rs' })
    const address = 'https://elsewhere.test/callback'
    const edited = await change(client_id, { client_name: 'Chart Reader', redirect_uris: [address] })
    expect([edited.status, edited.json]).toMatchObject([
      200,
      { client_name: 'Chart Reader', redirect_uris: [address], scope: expect.stringContaining('Patient.rs') },
    ])
    const application = { client_id, redirect_uri: address }
    const { access_token } = await signIn(clinic.url, { username: 'jane', scope, application })
    expect(await read(access_token)).toBe(200)
    for (const body of [
      { redirect_uris: ['http://elsewhere.test/'] },
      { redirect_uris: [] },
      { client_name: ' ' },
      { client_name: 5 },
      { scope: 5 },
      { scope: 'patient/*.rs system/*.rs' },
      { token_endpoint_auth_method: 'none' },
      { client_name: 'Both', disabled: true },
      { disabled: 'yes' },
      {},
    ])
      expect((await change(client_id, body)).status, JSON.stringify(body)).toBe(400)
    expect(await find(client_id)).toMatchObject({ client_name: 'Chart Reader', redirect_uris: [address] })
  })

  it('gives a new secret, shown once, and the old one ends', async () => {
    const { client_id, client_secret = '' } = await register()
    const { status, json } = await change(client_id, { rotate_client_secret: true })
    expect([status, json.client_secret]).toEqual([200, expect.stringMatching(/^[\w-]{43}$/)])
    const works = (secret = '') =>
      signIn(clinic.url, {
        ...{ username: 'jane', scope, application: { client_id, client_secret: secret, redirect_uri } },
      }).then(
        () => true,
        () => false,
      )
    expect([await works(client_secret), await works(json.client_secret)]).toEqual([false, true])
    expect(await find(client_id)).toMatchObject({ has_secret: true })
    const open = await register({ token_endpoint_auth_method: 'none' })
    expect((await change(open.client_id, { rotate_client_secret: true })).status).toBe(400)
    const log = await clinic.store.db.selectFrom('audit_event').select('json').execute()
    expect(log.some((entry) => entry.json.includes(json.client_secret ?? ''))).toBe(false)
  })

  it('disables, enables and deletes; each is in the log with the application and who did it', async () => {
    const { client_id } = await register({ token_endpoint_auth_method: 'none' })
    const options = { username: 'jane', scope, application: { client_id, redirect_uri } }
    const { access_token } = await signIn(clinic.url, options)
    expect((await change(client_id, { disabled: true })).json.disabled).toBe(true)
    expect([await read(access_token), (await find(client_id))?.disabled]).toEqual([401, true])
    expect((await change(client_id, { client_name: 'Still Off' })).json.disabled).toBe(true)
    expect((await change(client_id, { disabled: false })).json.disabled).toBe(false)
    expect(await read(access_token)).toBe(401)
    const again = await signIn(clinic.url, options)
    expect((await remove(client_id)).status).toBe(204)
    expect(await read(again.access_token)).toBe(401)
    for (const answer of [await remove(client_id), await change(client_id, { disabled: true })])
      expect(answer.status).toBe(404)
    const log = await clinic.store.db
      .selectFrom('audit_event')
      .select(['json', 'agent'])
      .where('subtype', '=', 'register')
      .where('outcome', '=', '0')
      .where('json', 'like', `%${client_id}%`)
      .orderBy('seq')
      .execute()
    const changes = log.map(({ json }) => /"valueString":"(client \w+)"/.exec(json)?.[1])
    const expectedChanges = ['client disabled', 'client edited', 'client enabled', 'client removed']
    // The registration, then the changes; each entry contains the name that the application had until then.
    expect(changes).toEqual([undefined, ...expectedChanges])
    const names = log.map(
      ({ json }) => JSON.parse(json).entity.find(({ name }: { name?: string }) => name)?.name,
    )
    expect(names).toEqual(['Chart Viewer', 'Chart Viewer', 'Chart Viewer', 'Still Off', 'Still Off'])
    expect(new Set(log.map(({ json }) => json.includes('"Riverside administrator"')))).toEqual(
      new Set([true]),
    )
  })

  it('logs a change only if it was made, also of two at once', async () => {
    const logged = async (id: string) => {
      const rows = await clinic.store.db
        .selectFrom('audit_event')
        .select('json')
        .where('subtype', '=', 'register')
        .where('outcome', '=', '0')
        .where('json', 'like', `%${id}%`)
        .orderBy('seq')
        .execute()
      return rows.flatMap(({ json }) => /"valueString":"(client \w+)"/.exec(json)?.[1] ?? [])
    }
    const twice = async (work: () => Promise<Answer>) =>
      (await Promise.all([work(), work()])).map(({ status }) => status).toSorted()
    const { client_id, registration_access_token: token, registration_client_uri: uri } = await register()
    const { client_id: other } = await register()
    expect(await twice(() => change(client_id, { disabled: true }))).toEqual([200, 409])
    expect((await change(client_id, { disabled: true })).status).toBe(409)
    expect(await twice(() => change(client_id, { disabled: false }))).toEqual([200, 409])
    expect((await change(client_id, { disabled: false })).status).toBe(409)
    const [removed, late = 0] = await twice(() => send('DELETE', uri, token))
    expect(removed).toBe(204)
    expect([401, 409]).toContain(late)
    expect(await logged(client_id)).toEqual(['client disabled', 'client enabled', 'client removed'])
    const [first, second = 0] = await twice(() => remove(other))
    expect(first).toBe(204)
    expect([404, 409]).toContain(second)
    expect(await logged(other)).toEqual(['client removed'])
  })

  it('only disables and deletes what the terminal registers', async () => {
    const job = await registerSignedClient(clinic)
    const guard = { client_id: 'guard', client_name: 'Guard', redirect_uris: [redirect_uri] }
    await clinic.store.write((trx) => putClient(trx, { ...guard, resource_server: true }))
    for (const id of [job.clientId, 'guard']) {
      expect(await find(id)).toMatchObject({ editable: false })
      for (const body of [{ client_name: 'Mine' }, { rotate_client_secret: true }])
        expect((await change(id, body)).status).toBe(400)
      expect((await change(id, { disabled: true })).status).toBe(200)
      expect((await change(id, { disabled: false })).json.error).toBe('invalid_client_metadata')
      expect(await find(id)).toMatchObject({ disabled: true })
      expect((await remove(id)).status).toBe(204)
    }
  })

  it('cannot change the application through which the request comes', async () => {
    expect(await find('carekey')).toMatchObject({ in_use: true, disabled: false })
    for (const body of [{ disabled: true }, { client_name: 'Mine' }])
      expect((await change('carekey', body)).status).toBe(400)
    expect((await remove('carekey')).status).toBe(400)
    expect((await list()).status).toBe(200)
  })

  it('sees all of them page by page, and no secret', async () => {
    const { client_id, client_secret = 'none' } = await register()
    await clinic.store.write(async (trx) => {
      for (let n = 0; n < 120; n++)
        await putClient(trx, { client_id: `many-${n}`, client_name: 'Many', redirect_uris: [redirect_uri] })
    })
    const ids: string[] = []
    for (let query: string | undefined = ''; query !== undefined; ) {
      const { status, text, json } = await list(query)
      expect(status).toBe(200)
      expect(json.applications.length).toBeLessThanOrEqual(100)
      expect(text).not.toMatch(/argon2|client_secret"/)
      expect(text).not.toContain(client_secret)
      ids.push(...json.applications.map((each) => each.client_id))
      query = json.next === undefined ? undefined : `?after=${encodeURIComponent(json.next)}`
    }
    const rows = await clinic.store.db
      .selectFrom('oauth_record')
      .select('id')
      .where('model', '=', 'Client')
      .execute()
    expect(ids.sort()).toEqual(rows.map(({ id }) => id).sort())
    expect(ids).toContain(client_id)
    expect((await list('?count=1000')).json.applications).toHaveLength(100)
    expect((await list('?after=a&after=b')).status).toBe(400)
  })
})
