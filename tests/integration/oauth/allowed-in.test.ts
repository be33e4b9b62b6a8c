import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0'
const OWN_WORDS = 'Firefox <script>john@example.org</script> Linux'

describe.each(engines)('a connection, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
  })
  afterAll(() => clinic.close())

  const as = (userAgent: string): typeof fetch => {
    return (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('user-agent', userAgent)
      return fetch(input, { ...init, headers })
    }
  }
  const allowIn = (userAgent: string, username: string) =>
    signIn(clinic.url, {
      ...{
        username,
        application: carekey,
        scope: 'launch/patient offline_access patient/*.rs',
        window: 'day',
      },
      fetch: as(userAgent),
    })
  /** Read with another browser than the connection was allowed in. */
  const pagesOf = async (username: string, query = '') => {
    const agent = createUserAgent(clinic.url, as('Mozilla/5.0 (Windows NT 10.0) Chrome/143.0.0.0'))
    const login = await agent.open(`/login${query}`)
    const { html } = await agent.submit(login, { username, password: `${username}-demo` })
    const [link = ''] = /\/account\/connections\/[^"]+/.exec(html) ?? []
    const others = await Promise.all([link, `${link}/disconnect`].map((path) => agent.open(path)))
    return [html, ...others.map((page) => page.html)]
  }

  it('is named by the browser and the system in which it was allowed, in both languages', async () => {
    await allowIn(FIREFOX, 'john')
    for (const html of await pagesOf('john'))
      expect(html).toMatch(/allowed today at [\d:]+ UTC in Firefox on Linux, not used yet/)
    for (const html of await pagesOf('john', '?ui_locales=es'))
      expect(html).toMatch(/permitida hoy a las [\d:]+ UTC con Firefox en Linux, aún sin usar/)
  })

  it('is named by neither if one is not known, and nothing else that was sent is stored', async () => {
    for (const userAgent of [OWN_WORDS, 'node']) await allowIn(userAgent, 'jane')
    for (const html of await pagesOf('jane')) {
      expect(html).toMatch(/allowed today at [\d:]+ UTC, not used yet/)
      expect(html).not.toContain('Firefox')
    }
    const { db } = clinic.store
    const rows = [
      await db.selectFrom('consent').selectAll().orderBy('created_at').execute(),
      await db.selectFrom('oauth_record').selectAll().execute(),
      await db.selectFrom('audit_event').select('json').execute(),
    ]
    for (const sent of ['Gecko', 'rv:146', 'example.org', 'script>'])
      expect(JSON.stringify(rows)).not.toContain(sent)
    expect(rows[0]).toEqual([
      expect.objectContaining({ browser: 'Firefox', system: 'Linux' }),
      ...Array(2).fill(expect.objectContaining({ browser: null, system: null })),
    ])
  })
})
