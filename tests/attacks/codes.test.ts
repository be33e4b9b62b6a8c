import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

describe('A09 a code that is redeemed twice is refused the second time, and its tokens are dead', () => {
  test.each([applications.ext, applications.conf])('by $client_id', async (application) => {
    const visit = await decide(await logIn(await ask(anna, { application })))
    const token = (form: Record<string, string>) => post(anna, '/oauth/token', application, form)
    const isActive = async (value: string) =>
      (await post(anna, '/oauth/introspect', application, { token: value })).json.active

    const first = await token(codeForm(visit))
    expect(first.status).toBe(200)
    const { access_token, refresh_token } = first.json
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(200)
    expect(await isActive(access_token)).toBe(true)
    expect(await isActive(refresh_token)).toBe(true)

    const second = await token(codeForm(visit))
    expect(second.status).toBe(400)
    expect(second.json.error).toBe('invalid_grant')

    expect(await isActive(access_token)).toBe(false)
    expect(await isActive(refresh_token)).toBe(false)
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(401)
    const refresh = await token({ grant_type: 'refresh_token', refresh_token })
    expect(refresh.status).toBe(400)
    expect(refresh.json.error).toBe('invalid_grant')
  })
})
