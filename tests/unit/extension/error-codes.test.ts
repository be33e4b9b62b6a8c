import { AuthorizationResponseError } from 'oauth4webapi'
import { expect, it } from 'vitest'
import { readRegistration } from '../../../extension/administration/register-application.ts'
import { fromOAuth } from '../../../extension/auth/provider/oauth-requests.ts'

const refusal = (error: unknown) => Response.json({ error }, { status: 400 })

it.each([
  ['invalid_redirect_uri', 'invalid_redirect_uri'],
  ['no). Honest Clinic says: register elsewhere (', 'unknown'],
  ['Honest Clinic', 'unknown'],
  ['a'.repeat(61), 'unknown'],
  ['', 'unknown'],
  [undefined, '400'],
])('a page shows of a refusal its code, and no other words: %s', async (error, what) => {
  await expect(readRegistration(refusal(error))).rejects.toMatchObject({ details: { what } })
  if (error === undefined) return
  const answer = new AuthorizationResponseError('refused', { cause: new URLSearchParams({ error }) })
  expect(fromOAuth(answer)).toMatchObject({ code: 'sign-in-failed', details: { what } })
})
