import type { AuditEvent } from '@medplum/fhirtypes'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../scripts/server-process.ts'
import { createApp } from '../../../server/app.ts'
import type { Store } from '../../../server/store/store.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { signIn } from '../../fixtures/sign-in.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const PASSWORD = 'correct horse battery staple'

describe.each(engines)('accounts at the terminal, on %s', { timeout: 90_000 }, (engine) => {
  let database: TestDatabase
  let store: Store
  let app: FastifyInstance
  let url: string
  let now: number
  beforeAll(async () => {
    now = Date.now()
    database = await createDatabase(engine)
    store = await database.open()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const organization = { name: 'North Clinic', about: 'Health records', color: '#0b6e6e' }
    const source = { kind: 'embedded' as const }
    const config = { publicUrl: url, host: '127.0.0.1', port, source, organization }
    const { logKey, keyFile } = database
    app = await createApp({
      config,
      store,
      clock: () => now,
      elapsed: () => now,
      keyFile,
      logKey: { file: logKey },
    })
    await app.listen({ host: config.host, port })
  })
  afterAll(async () => {
    await app.close()
    await store.close()
    await database.close()
  })

  const admin = async (...args: string[]) => {
    const { status, out, last } = await runAdmin([...args, '--db', database.url])
    expect(status, last).toBe(0)
    return JSON.parse(out) as {
      id: string
      link: string
      ends: string
      state: string
      ended: number
      users: object[]
    }
  }
  const refusalOf = async (...args: string[]) => {
    const { status, out, last } = await runAdmin([...args, '--db', database.url])
    expect([status, out]).toEqual([1, ''])
    return last
  }
  /** Opens a link and fills in its form. */
  const choose = async (link: string, password: string, again = password, agent = createUserAgent(url)) =>
    agent.submit(await agent.open(link), { password, again })
  const enters = async (username: string, password = PASSWORD) => {
    const agent = createUserAgent(url)
    const page = await agent.submit(await agent.open('/login'), { username, password })
    return page.url.pathname === '/account'
  }
  const entriesOf = async (account: string) => {
    const rows = await store.db
      .selectFrom('audit_event')
      .select(['json', 'patient', 'outcome'])
      .orderBy('seq')
      .execute()
    return rows
      .filter(({ json }) => json.includes(account))
      .map(({ json, patient, outcome }) => {
        const { agent, entity } = JSON.parse(json)
        const detail = entity.flatMap((each: { detail?: object[] }) => each.detail ?? [])
        const { valueString } = detail.find(({ type }: { type: string }) => type === 'change') ?? {}
        return { change: valueString, patient, outcome, who: agent[0].who.display }
      })
  }

  it('J05 a name in another spelling that looks the same is the same account', async () => {
    const role = ['--role', 'admin']
    for (const [name, ...others] of [
      ['Jos\u00e9 Lee', 'jose\u0301 lee', 'JOSE\u0301  LEE', ' jos\u00e9   lee '],
      ['ana  moe', 'Ana Moe', 'ana   moe'],
    ] as const) {
      const { link } = await admin('user', 'invite', '--name', name, ...role)
      await choose(link, PASSWORD)
      for (const other of [name, ...others]) {
        expect(await refusalOf('user', 'invite', '--name', other, ...role)).toMatch(
          /already an account named/,
        )
        expect(await enters(other), other).toBe(true)
      }
      await admin('user', 'disable', '--name', others[0])
      expect(await enters(name)).toBe(false)
      expect((await admin('user', 'remove', '--name', others[1])).state).toBe('removed')
    }
  })

  it('an invited person can choose a password once, and every step is in the log', async () => {
    const invited = await admin('user', 'invite', '--name', 'Ana', '--role', 'patient', '--patient', 'ana-1')
    expect(invited.link).toMatch(new RegExp(`^${url}/password/[\\w-]{43}$`))
    expect(Date.parse(invited.ends) - Date.now()).toBeGreaterThan(3 * 86_400_000 - 60_000)
    expect((await admin('user', 'list')).users).toContainEqual(
      expect.objectContaining({ username: 'ana', role: 'patient', patient: 'ana-1', state: 'invited' }),
    )
    expect(await enters('ana', '')).toBe(false)

    const short = await choose(invited.link, '1234567')
    expect(short.html).toContain('This password is too short. Use at least 8 characters.')
    expect((await choose(invited.link, 'x'.repeat(257))).html).toContain('too long')
    for (const guessable of ['password', 'ana2026!', 'North Clinic'])
      expect((await choose(invited.link, guessable)).html).toContain('This password is easy to guess.')
    expect((await choose(invited.link, PASSWORD, `${PASSWORD}.`)).html).toContain('The two passwords differ.')
    const page = await choose(invited.link, PASSWORD)
    expect(page.html).toContain('Sign in as ana with it from now on.')
    expect(await enters('ana')).toBe(true)
    const again = await createUserAgent(url).open(invited.link)
    expect([again.status, again.html]).toEqual([404, expect.stringContaining('This link no longer works')])
    expect((await admin('user', 'list')).users).toContainEqual(
      expect.objectContaining({ username: 'ana', state: 'active' }),
    )
    const entries = await entriesOf(invited.id)
    expect(entries.filter(({ outcome }) => outcome !== '0')).toHaveLength(6)
    expect(entries.filter(({ outcome }) => outcome === '0')).toEqual([
      { change: 'invite', patient: 'ana-1', outcome: '0', who: 'Administration at the terminal' },
      { change: 'password', patient: 'ana-1', outcome: '0', who: 'North Clinic' },
      { change: undefined, patient: 'ana-1', outcome: '0', who: 'North Clinic' },
    ])
    const agent = createUserAgent(url)
    await agent.submit(await agent.open('/login'), { username: 'ana', password: PASSWORD })
    const log = await agent.open('/account/log')
    expect(log.html).toContain('invited this account')
    expect((await agent.open('/account/log?ui_locales=es')).html).toContain('invitó a esta cuenta')
  })

  it('a reset invalidates the old password and every session, and its link works once', async () => {
    const { id, link: invitation } = await admin('user', 'invite', '--name', 'Bo', '--role', 'admin')
    await choose(invitation, PASSWORD)
    const agent = createUserAgent(url)
    await agent.submit(await agent.open('/login'), { username: 'bo', password: PASSWORD })
    expect((await agent.open('/account')).url.pathname).toBe('/account')
    const { link } = await admin('user', 'reset', '--name', 'Bo')
    expect((await agent.open('/account')).url.pathname).toBe('/login')
    expect(await enters('bo')).toBe(false)
    await choose(link, `${PASSWORD} 2`)
    expect(await enters('bo', `${PASSWORD} 2`)).toBe(true)
    expect((await entriesOf(id)).map(({ change }) => change).filter(Boolean)).toEqual([
      'invite',
      'password',
      'reset',
      'password',
    ])
  })

  it('a disabled person cannot sign in or use a link until enabled again; ended sessions and grants stay ended', async () => {
    const { link } = await admin('user', 'invite', '--name', 'Cy', '--role', 'admin')
    expect(await admin('user', 'disable', '--name', 'cy')).toMatchObject({ state: 'disabled' })
    expect((await createUserAgent(url).open(link)).status).toBe(404)
    expect(await refusalOf('user', 'disable', '--name', 'cy')).toBe('cy is already disabled.')
    expect(await refusalOf('user', 'reset', '--name', 'cy')).toBe('cy is disabled. Enable the account first.')
    expect(await admin('user', 'enable', '--name', 'cy')).toMatchObject({ state: 'no-password' })
    expect((await admin('user', 'list')).users).toContainEqual(
      expect.objectContaining({ username: 'cy', state: 'no-password' }),
    )
    expect((await createUserAgent(url).open(link)).status).toBe(404)
    await choose((await admin('user', 'reset', '--name', 'cy')).link, PASSWORD)
    const agent = createUserAgent(url)
    await agent.submit(await agent.open('/login'), { username: 'cy', password: PASSWORD })
    await admin('user', 'disable', '--name', 'cy')
    expect((await agent.open('/account')).url.pathname).toBe('/login')
    expect(await enters('cy')).toBe(false)
    const { json } = await store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'sign-in')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    const { outcome, outcomeDesc, entity = [] } = JSON.parse(json) as AuditEvent
    expect([outcome, outcomeDesc]).toEqual(['4', 'wrong_password'])
    expect(entity.find(({ role }) => role?.code === '6')?.name).toBe('Cy')
    expect(entity.flatMap(({ detail = [] }) => detail)).toContainEqual({
      type: 'state',
      valueString: 'disabled',
    })
    await admin('user', 'enable', '--name', 'cy')
    expect((await agent.open('/account')).url.pathname).toBe('/login')
    expect(await enters('cy')).toBe(true)
  })

  it('removing a person, or an application, removes their grants', async () => {
    const redirect_uri = 'http://127.0.0.1/callback'
    const { out } = await runAdmin([
      'client',
      'add',
      '--name',
      'V',
      '--redirect',
      redirect_uri,
      '--db',
      database.url,
    ])
    const { client_id } = JSON.parse(out) as { client_id: string }
    const scope = 'openid launch/patient patient/*.rs'
    const tokenOf = async (name: string) => {
      const person = ['--name', name, '--role', 'patient', '--patient', `${name}-1`]
      await choose((await admin('user', 'invite', ...person)).link, `${name}-demo`)
      const application = { client_id, redirect_uri }
      const { access_token } = await signIn(url, { username: name, scope, application })
      return access_token
    }
    const read = async (token: string) =>
      (await fetch(`${url}/fhir/Observation`, { headers: { authorization: `Bearer ${token}` } })).status
    const [dina, edna] = [await tokenOf('dina'), await tokenOf('edna')]
    expect([await read(dina), await read(edna)]).toEqual([200, 200])
    expect(await admin('user', 'remove', '--name', 'dina')).toMatchObject({ state: 'removed', ended: 1 })
    expect([await read(dina), await read(edna)]).toEqual([401, 200])
    expect(await enters('dina', 'dina-demo')).toBe(false)
    expect(await refusalOf('user', 'remove', '--name', 'dina')).toBe('There is no account named dina.')

    const { out: list } = await runAdmin(['client', 'list', '--db', database.url])
    expect(JSON.parse(list)).toEqual({ clients: [expect.objectContaining({ client_id, client_name: 'V' })] })
    expect(list).not.toMatch(/secret|argon2/)
    expect(await admin('client', 'remove', client_id)).toMatchObject({ state: 'removed', ended: 1 })
    expect(await read(edna)).toBe(401)
    expect(await refusalOf('client', 'remove', client_id)).toBe(`There is no application ${client_id}.`)
  })

  it('a link expires after three days', async () => {
    const { link, ends } = await admin('user', 'invite', '--name', 'Flo', '--role', 'admin')
    now = Date.parse(ends) - 60_000
    const agent = createUserAgent(url)
    const page = await agent.open(link)
    expect(page.status).toBe(200)
    now += 120_000
    const late = await agent.submit(page, { password: PASSWORD, again: PASSWORD })
    expect([late.status, late.html]).toEqual([404, expect.stringContaining('no longer works')])
    now -= 3 * 86_400_000
    expect(await enters('flo')).toBe(false)
  })

  it('a patient or practitioner who does not exist gives a warning, one who cannot exist is refused, and each command is explained', async () => {
    const person = ['--name', 'Gil', '--role', 'patient', '--patient', 'nobody', '--db', database.url]
    expect(await runAdmin(['user', 'add', ...person], PASSWORD)).toMatchObject({
      status: 0,
      last: 'Note: there is no Patient/nobody in the database yet, so this person will see no record.',
    })
    const clinician = [
      '--name',
      'Hal',
      '--role',
      'clinician',
      '--practitioner',
      'nobody',
      '--db',
      database.url,
    ]
    expect(await runAdmin(['user', 'add', ...clinician], PASSWORD)).toMatchObject({
      status: 0,
      last: 'Note: there is no Practitioner/nobody in the database yet, so applications that ask who signed in find nothing.',
    })
    const folder = ['--name', 'Ida', '--role', 'patient', '--patient', '..', '--db', database.url]
    expect(await runAdmin(['user', 'add', ...folder], PASSWORD)).toMatchObject({
      status: 2,
      last: expect.stringContaining('".." is not a FHIR id'),
    })
    const { out: help } = await runAdmin(['user', 'invite', '--help'])
    expect(help).toMatch(/--role R .*clinician: searches patients/)
    expect(help).toMatch(/--practitioner ID .*Practitioner/)
    for (const verb of ['list', 'invite', 'reset', 'disable', 'enable', 'remove']) {
      const { status, out } = await runAdmin(['user', verb, '--help'])
      expect([status, out]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^Usage: npm run admin -- user ${verb}`)),
      ])
    }
  })
})
