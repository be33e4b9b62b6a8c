import { afterEach, expect, test } from 'vitest'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, decide, logIn, type Visit } from './authorization-request.ts'

const target = attack()

const BOTH = 'openid launch/patient patient/Coverage.rs patient/Procedure.rs'
const ONE = 'openid launch/patient patient/Procedure.rs'

/** Gives the application's registration these scopes, or all if none are named, as an administrator may at any time. */
const register = (scope?: string) =>
  target.server.store.write(async (trx) => {
    const client = trx.selectFrom('oauth_record').where('model', '=', 'Client').where('id', '=', 'ext')
    const { payload } = await client.select('payload').executeTakeFirstOrThrow()
    const { scope: _, ...others } = JSON.parse(payload)
    await trx
      .updateTable('oauth_record')
      .set({ payload: JSON.stringify({ ...others, ...(scope !== undefined && { scope }) }) })
      .where('model', '=', 'Client')
      .where('id', '=', 'ext')
      .execute()
  })

afterEach(() =>
  target.server.store.write(async (trx) => {
    await trx.deleteFrom('consent').execute()
  }),
)

const grantedScopes = async () =>
  (await target.server.store.db.selectFrom('consent').select('scope').execute()).map(({ scope }) => scope)

const shown = ({ page }: Visit) => /value="care"[\s\S]*?<\/label>/.exec(page.html)?.[0] ?? ''

test('no more is granted than the page showed, if the application is widened while somebody looks at it', async () => {
  const visit = await logIn(await ask(target, { scope: BOTH }))
  await register(ONE)
  const narrow = { ...visit, page: await visit.agent.open(visit.page.url) }
  expect(shown(narrow)).not.toContain('insurance')
  await register()
  const again = await decide(narrow)
  expect(await grantedScopes()).toEqual([])
  expect(shown(again)).toContain('insurance')
  await decide(again)
  expect(await grantedScopes()).toEqual([BOTH])
})

test('what somebody unticks is never kept, if the application is narrowed while they look at the page of its connection', async () => {
  const scope = 'openid launch/patient patient/Patient.rs patient/Observation.rs'
  await decide(await logIn(await ask(target, { scope })))
  const agent = createUserAgent(target.server.url)
  const login = { username: 'anna', password: 'anna-demo' }
  const account = await agent.submit(await agent.open('/login?next=/account'), login)
  const [connection = ''] = /\/account\/connections\/[\w-]+/.exec(account.html) ?? []
  const page = await agent.open(connection)
  expect(page.html).toContain('value="observations"')

  await register('openid launch/patient patient/Patient.rs')
  const narrowed = await agent.submit(page, { allow: 'identity' })
  expect(narrowed.html).toContain('Nothing was saved, because this was changed elsewhere in the meantime.')
  expect(narrowed.html).not.toContain('value="observations"')
  await register()
  const widened = await agent.submit(narrowed, { window: 'keep' })
  expect(widened.html).toContain('Nothing was saved, because this was changed elsewhere in the meantime.')
  const saved = await agent.submit(widened, { allow: 'identity' })
  expect(saved.html).toContain('Saved. This connection now allows only what is listed here.')
  expect(await grantedScopes()).toEqual(['openid launch/patient patient/Patient.rs'])
})
