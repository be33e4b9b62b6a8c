import { expect, test } from './fixtures.ts'

test('M6 /metadata describes the server, /login asks for the password, and /_oauth/OAuth2Server forwards nothing unrequested', async ({
  organizations: { riverside },
}) => {
  const metadata = await fetch(`${riverside.url}/metadata`)
  expect(await metadata.json()).toMatchObject({
    resourceType: 'CapabilityStatement',
    implementation: { url: `${riverside.url}/fhir` },
  })
  const login = await fetch(`${riverside.url}/login`)
  expect(login.status).toBe(200)
  expect(await login.text()).toMatch(/<input[^>]+type="password"/)
  const relay = await fetch(`${riverside.url}/_oauth/OAuth2Server?code=a&state=b`, { redirect: 'manual' })
  expect(relay.headers.get('location')).toBeNull()
  expect(await relay.text()).toContain('<html')
})
