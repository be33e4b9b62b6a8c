import { expect, test } from 'vitest'
import { LIMITS } from '../../server/sign-in/secrets/rate-limit.ts'
import { attack } from './attack.ts'

const anna = attack()

test('F10 client management checks no more secrets than the limit, even if the right one comes last', async () => {
  const registration = await anna.send('/oauth/register', {
    method: 'POST',
    as: 'TADM',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Charts', redirect_uris: ['https://charts.example/callback'] }),
  })
  expect(registration.status).toBe(201)
  const { client_id, client_secret, registration_access_token } = registration.json
  const present = (secret: string) =>
    anna.send(`/oauth/register/${client_id}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${registration_access_token}`,
      },
      body: JSON.stringify({
        client_id,
        client_name: 'Charts',
        redirect_uris: ['https://charts.example/callback'],
        client_secret: secret,
      }),
    })
  const guesses = await Promise.all(Array.from({ length: 59 }, (_, n) => present(`guess-number-${n}`)))
  // Sent together, it might not arrive last, and would rightly be accepted.
  const answers = [...guesses, await present(client_secret)]
  const count = (expected: number) => answers.filter(({ status }) => status === expected).length
  expect(count(400)).toBe(LIMITS.client.failures)
  expect(count(429)).toBe(60 - LIMITS.client.failures)
  // Tries at the token endpoint count towards the same limit.
  const token = await anna.send('/oauth/token', {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nobodys-token' }),
  })
  expect(token.status).toBe(429)
})
