import { afterAll, beforeAll, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

let clinic: TestOrganization
beforeAll(async () => {
  clinic = await startOrganization({ demo: 'riverside' })
})
afterAll(() => clinic.close())

it('a question mark before a form hides no assertion from the limit of tries', async () => {
  const client = await registerSignedClient(clinic, { grant_types: ['client_credentials'] } as never)
  const [head, payload] = (await client.assertion()).split('.')
  const wrong = `${head}.${payload}.${'A'.repeat(86)}`
  const statuses: number[] = []
  for (let tries = 0; tries < 30; tries++) {
    const form = new URLSearchParams({
      client_assertion: wrong,
      client_assertion_type: TYPE,
      grant_type: 'x',
    })
    const response = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `?client_assertion=x&${form}`,
    })
    statuses.push(response.status)
  }
  expect(statuses.at(-1)).toBe(429)
})

it.each(['token', 'revoke', 'introspect'])(
  'a form with more than 100 parameters is refused at %s before anything is made of it',
  async (endpoint) => {
    const answerTo = async (parameters: number) => {
      const response = await fetch(`${clinic.url}/oauth/${endpoint}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Array.from({ length: parameters }, (_, index) => `p${index}=`).join('&'),
      })
      return response.text()
    }
    expect(await answerTo(101)).toContain('The body of the request could not be read.')
    expect(await answerTo(100)).not.toContain('The body of the request could not be read.')
  },
)

it('a very long part of an address is answered and counted as any other', async () => {
  const response = await fetch(`${clinic.url}/password/${'x'.repeat(300)}`)
  expect(response.status).not.toBe(414)
  expect(response.headers.get('content-security-policy')).not.toBeNull()
  expect(response.headers.get('x-request-id')).not.toBeNull()
  expect(await response.text()).not.toContain('FST_')
})
