import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { hashPassword } from '../../server/sign-in/password/password.ts'
import type { Db } from '../../server/store/schema.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications, gateway } from './people.ts'

const target = attack()

const addPerson = async (role: 'patient' | 'clinician' = 'patient'): Promise<string> => {
  const name = `casey-${randomUUID()}`
  const row = {
    id: name,
    username: name,
    name: 'Casey Curie',
    role,
    patient: role === 'patient' ? 'pa' : null,
    practitioner: role === 'patient' ? null : 'pr1',
    password_hash: await hashPassword(`${name}-demo`),
  }
  await target.server.store.write((trx) => trx.insertInto('account').values(row).execute())
  return name
}

/** Everything that a person can have open: an application's grant, a code, a consent page, the account page. */
const openAll = async (name: string) => {
  const token = async () => {
    const visit = await decide(await logIn(await ask(target), name))
    const { json } = await post(target, '/oauth/token', applications.ext, codeForm(visit))
    return json as { access_token: string; refresh_token: string }
  }
  const tokens = await token()
  const code = await decide(await logIn(await ask(target), name))
  const consent = await logIn(await ask(target), name)
  const own = createUserAgent(target.server.url, target.fetch)
  await own.submit(await own.open('/login'), { username: name, password: `${name}-demo` })
  return { tokens, code, consent, own }
}

type Opened = Awaited<ReturnType<typeof openAll>>

const bearer = (token: string, path: string) => target.send(path, { bearer: token })

/** The names of those that still work. */
const alive = async ({ tokens, code, consent, own }: Opened): Promise<string[]> => {
  const redeemed = await post(target, '/oauth/token', applications.ext, codeForm(code))
  const refreshed = await post(target, '/oauth/token', applications.ext, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  })
  const page = await consent.agent.submit(consent.page, { window: 'hour', decision: 'allow' })
  const introspected = await post(target, '/oauth/introspect', gateway, {
    token: tokens.access_token,
  })
  return Object.entries({
    record: (await bearer(tokens.access_token, '/fhir/Patient/pa')).status === 200,
    userinfo: (await bearer(tokens.access_token, '/oauth/userinfo')).status === 200,
    introspection: introspected.json.active === true,
    refresh: refreshed.status === 200,
    code: redeemed.status === 200,
    consent: page.url.searchParams.has('code'),
    account: (await own.open('/account')).html.includes('Casey Curie'),
  }).flatMap(([name, works]) => (works ? [name] : []))
}

const ALL = ['record', 'userinfo', 'introspection', 'refresh', 'code', 'consent', 'account']

const changes: Record<string, (trx: Db, id: string) => Promise<unknown>> = {
  disabled: (trx, id) => trx.updateTable('account').set({ disabled_at: 1 }).where('id', '=', id).execute(),
  'disabled and enabled again': async (trx, id) => {
    await trx.updateTable('account').set({ disabled_at: 1 }).where('id', '=', id).execute()
    await trx.updateTable('account').set({ disabled_at: null }).where('id', '=', id).execute()
  },
  removed: (trx, id) => trx.deleteFrom('account').where('id', '=', id).execute(),
  'given another password': (trx, id) =>
    trx.updateTable('account').set({ password_hash: 'argon2id of another' }).where('id', '=', id).execute(),
  'given another role': (trx, id) =>
    trx.updateTable('account').set({ role: 'clinician', patient: null }).where('id', '=', id).execute(),
  'given another record': (trx, id) => sql`update account set patient = 'pb' where id = ${id}`.execute(trx),
}

describe('F21 a change of an account ends everything that the person has open, at the next request', () => {
  test('before the change, all of it works', async () => {
    expect(await alive(await openAll(await addPerson()))).toEqual(ALL)
  })

  for (const [name, change] of Object.entries(changes)) {
    test(`when the account was ${name}`, async () => {
      const person = await addPerson()
      const openAccess = await openAll(person)
      await target.server.store.write((trx) => change(trx, person))
      expect(await alive(openAccess)).toEqual([])
    })
  }

  test('a change of the displayed name ends nothing', async () => {
    const person = await addPerson()
    const openAccess = await openAll(person)
    await target.server.store.write((trx) =>
      trx.updateTable('account').set({ name: 'Casey Curie-Joliot' }).where('id', '=', person).execute(),
    )
    expect(await alive(openAccess)).toEqual(ALL)
  })

  test('nobody can sign in to a disabled account, and the answer is the same as for a wrong password', async () => {
    const person = await addPerson()
    await target.server.store.write((trx) => changes.disabled?.(trx, person) ?? Promise.resolve())
    const { page } = await logIn(await ask(target), person)
    const wrong = await ask(target)
    const refusal = await wrong.agent.submit(wrong.page, { username: person, password: 'wrong' })
    const textOf = ({ html }: { html: string }) => /role="alert"[^>]*>([\s\S]*?)<\//.exec(html)?.[1]
    expect(page.html).toContain('name="password"')
    expect(textOf(page)).toBe(textOf(refusal))
  })

  test('the record system is closed to a clinician whose account changed', async () => {
    const person = await addPerson('clinician')
    const own = createUserAgent(target.server.url, target.fetch)
    await own.submit(await own.open('/login?next=/ehr'), { username: person, password: `${person}-demo` })
    expect((await own.open('/ehr')).html).toContain('Casey Curie')
    await target.server.store.write(
      (trx) => changes['given another password']?.(trx, person) ?? Promise.resolve(),
    )
    const page = await own.open('/ehr')
    expect(page.url.pathname).toBe('/login')
    expect(page.html).not.toContain('Casey Curie')
  })
})
