import { expect, test } from 'vitest'
import { clientSecretBasic } from '../../../extension/auth/provider/oauth-requests.ts'

const credentialsOf = async (clientId: string, secret: string) => {
  const headers = new Headers()
  const server = { issuer: 'https://clinic.example' }
  await clientSecretBasic(secret)(server, { client_id: clientId }, new URLSearchParams(), headers)
  return atob((headers.get('authorization') ?? '').replace(/^Basic /, ''))
}

test('a server that does not decode Basic credentials knows the client', async () => {
  expect(await credentialsOf('my-app_1.0~b', 'a-secret_of.it')).toBe('my-app_1.0~b:a-secret_of.it')
})

test('characters that would end a name are encoded (RFC 6749 section 2.3.1)', async () => {
  expect(await credentialsOf('a:b', 'c+d %é')).toBe('a%3Ab:c%2Bd%20%25%C3%A9')
})
