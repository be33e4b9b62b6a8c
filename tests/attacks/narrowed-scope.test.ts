import { expect, test } from 'vitest'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { applications } from './people.ts'

const anna = attack()

const LIMITED = ['laboratory', 'vital-signs', 'social-history'].map(
  (category) => `patient/Observation.rs?category=${category}`,
)
const SCOPE = ['launch/patient', 'offline_access', 'patient/Patient.rs', ...LIMITED].join(' ')

const renew = (refresh_token: string) =>
  anna.send('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token,
      client_id: applications.ext.client_id,
    }),
  })

/** Opens the page of the newest connection. @returns a function that sends its form without the offers that contain `unticked`. */
const openForm = async () => {
  const agent = createUserAgent(anna.server.url, anna.fetch)
  const account = await agent.submit(await agent.open('/login'), {
    username: 'anna',
    password: 'anna-demo',
  })
  const link = /href="(\/account\/connections\/[^"]+)"/.exec(account.html)?.[1] ?? ''
  const { html } = await agent.open(link)
  const offers = [...html.matchAll(/name="allow" value="([^"]+)"/g)].map(([, name = '']) => name)
  const hidden = [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(
    ([, name = '', value = '']) => [name, value],
  )
  return async (unticked: string, fields: Record<string, string> = {}) => {
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields })
    for (const name of offers)
      if (!name.includes(unticked)) body.append('allow', name.replaceAll('&amp;', '&'))
    const answer = await anna.send(link, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        origin: anna.server.url,
        cookie: [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body,
    })
    expect(answer.status).toBe(303)
    const location = answer.headers.get('location') ?? ''
    expect(location).toContain(`${link}?saved=`)
    return new URL(location, anna.server.url).searchParams.get('saved')
  }
}

const signIn = () =>
  anna.signIn({ username: 'anna', scope: SCOPE, application: applications.ext, window: 'hour' })

test('J02 who unticks one of three limited scopes ends that one, at once and in a renewed token, and no other', async () => {
  const tokens = await signIn()
  const send = await openForm()
  expect(await send('social-history')).toBe('narrowed')
  const kept = SCOPE.split(' ').filter((word) => !word.includes('social-history'))
  const renewed = await renew(tokens.refresh_token ?? '')
  expect(renewed.json.scope.split(' ').toSorted()).toEqual(kept.toSorted())
  for (const bearer of [tokens.access_token, renewed.json.access_token]) {
    expect((await anna.send('/fhir/Patient/pa', { bearer })).status).toBe(200)
    expect((await anna.send('/fhir/Observation', { bearer })).status).toBe(200)
  }
})

test('a form whose page is out of date, or that leaves everything ticked, changes nothing and has no entry', async () => {
  const tokens = await signIn()
  const send = await openForm()
  const entries = async () => {
    const { count } = await anna.server.store.db
      .selectFrom('audit_event')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  }
  const before = await entries()
  expect(await send('social-history', { shown_at: '' })).toBe('meanwhile')
  expect(await send('social-history', { shown_at: `${Date.now()}.x` })).toBe('meanwhile')
  expect(await send('no such offer')).toBe('nothing')
  expect(await entries()).toBe(before)
  expect((await renew(tokens.refresh_token ?? '')).json.scope.split(' ').toSorted()).toEqual(
    SCOPE.split(' ').toSorted(),
  )
})
