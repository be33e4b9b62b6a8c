import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { obtainCode, redeem } from '../../fixtures/token-requests.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const SCOPE = 'openid launch/patient patient/Observation.rs patient/Condition.rs'
/** What would be untrue while another connection holds, in both languages. */
const READS_NO_MORE =
  /(can|will) no longer|was disconnected|is disconnected|ya no podrá|ya no puede|se desconectó/i

describe.each(engines)('an application that is connected twice, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await clinic.store.write((trx) =>
      putClient(trx, {
        ...{ client_id: 'namesake', client_name: 'carekey', token_endpoint_auth_method: 'none' },
        ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
        redirect_uris: ['https://namesake.example/'],
      }),
    )
  })
  afterAll(() => clinic.close())

  const namesake = { client_id: 'namesake', redirect_uri: 'https://namesake.example/' }
  const connect = (username: string, application: typeof namesake = carekey) =>
    signIn(clinic.url, { username, scope: SCOPE, application, window: 'day' })
  const read = async (token: string, path: string) =>
    (await fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const accountOf = async (username: string, ui_locales = 'en') => {
    const agent = createUserAgent(clinic.url)
    const login = await agent.open(`/login?${new URLSearchParams({ ui_locales })}`)
    const { html } = await agent.submit(login, { username, password: `${username}-demo` })
    return { agent, html, connection: /\/account\/connections\/[\w-]+/.exec(html)?.[0] ?? '' }
  }
  const disconnectAll = async (username: string) => {
    const { agent } = await accountOf(username)
    await agent.submit(await agent.open('/account/disconnect'), { do: 'disconnect' })
  }

  it.each([
    ['en', carekey, 'now allows only what is listed here', 'connected more than once', 'stays connected'],
    ['es', carekey, 'ahora solo permite lo que figura aquí', 'conectada más de una vez', 'sigue conectada'],
    ['en', namesake, 'now allows only what is listed here', 'connected more than once', 'stays connected'],
  ])('is not said to read no more: in %s, %o', async (language, other, saved, twice, stays) => {
    const tokens = [await connect('jane'), await connect('jane', other)]
    const { agent, connection } = await accountOf('jane', language)
    const page = await agent.open(connection)
    const answer = await agent.submit(page, { allow: 'observations' })
    const question = await agent.open(`${connection}/disconnect`)
    expect(answer.html).toContain(saved)
    for (const { html } of [page, answer]) expect(html).toContain(twice)
    for (const { html } of [page, answer, question]) {
      expect(html).toContain(stays)
      expect(html).not.toMatch(READS_NO_MORE)
    }
    const reading = tokens.map(({ access_token }) => read(access_token, 'Condition?patient=jane-doe'))
    expect((await Promise.all(reading)).toSorted()).toEqual([200, 403])

    const ended = await agent.submit(question, { do: 'disconnect' })
    expect(ended.html).toContain(stays === 'stays connected' ? 'is still connected.' : 'sigue conectada.')
    expect(ended.html).not.toMatch(READS_NO_MORE)
    const [last = ''] = /\/account\/connections\/[\w-]+/.exec(ended.html) ?? []
    expect((await agent.open(last)).html).not.toContain(twice)
    expect((await agent.open(`${last}/disconnect`)).html).toMatch(READS_NO_MORE)
    await disconnectAll('jane')
  })

  it.each(['en', 'es'])('is not said to be disconnected by a copied code: in %s', async (language) => {
    const { access_token } = await connect('john')
    const code = await obtainCode(clinic.url)
    await redeem(clinic.url, code)
    expect((await redeem(clinic.url, code)).status).toBe(400)
    const { agent, html } = await accountOf('john', language)
    expect(html).toMatch(/A connection of Carekey ended today|Una conexión de Carekey terminó hoy/)
    expect(html).not.toMatch(READS_NO_MORE)
    const log = (await agent.open('/account/log')).html
    expect(log).toMatch(/was used again; the connection ended|se usó de nuevo; la conexión terminó/)
    expect(log).not.toMatch(/disconnected|desconectó/)
    expect(await read(access_token, 'Condition?patient=john-doe')).toBe(200)
    await disconnectAll('john')
  })
})
