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

/** Unticks, on the page of the newest connection, what the label names. */
const untick = async (offer: string) => {
  const agent = createUserAgent(anna.server.url, anna.fetch)
  const account = await agent.submit(await agent.open('/login'), {
    username: 'anna',
    password: 'anna-demo',
  })
  const link = /href="(\/account\/connections\/[^"]+)"/.exec(account.html)?.[1] ?? ''
  const { html } = await agent.open(link)
  const offers = [...html.matchAll(/name="allow" value="([^"]+)"/g)].map(([, name = '']) => name)
  const body = new URLSearchParams({ form_token: /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? '' })
  for (const name of offers) if (!name.includes(offer)) body.append('allow', name.replaceAll('&amp;', '&'))
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
  expect(answer.headers.get('location')).toContain(`${link}?saved=narrowed&proof=`)
}

test('J02 who unticks one of three limited scopes ends that one, at once and in a renewed token, and no other', async () => {
  const tokens = await anna.signIn({
    username: 'anna',
    scope: SCOPE,
    application: applications.ext,
    window: 'hour',
  })
  await untick('social-history')
  const kept = SCOPE.split(' ').filter((word) => !word.includes('social-history'))
  const renewed = await renew(tokens.refresh_token ?? '')
  expect(renewed.json.scope.split(' ').toSorted()).toEqual(kept.toSorted())
  for (const bearer of [tokens.access_token, renewed.json.access_token]) {
    expect((await anna.send('/fhir/Patient/pa', { bearer })).status).toBe(200)
    expect((await anna.send('/fhir/Observation', { bearer })).status).toBe(200)
  }
})
