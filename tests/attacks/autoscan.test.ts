import { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { autoscan } from '../../extension/administration/autoscan.ts'
import { type RecordingServer, startRecordingServer } from '../fakes/recording-server.ts'

/** The metadata that the organization at `B` serves. */
let configuration: Record<string, unknown> = {}
/** Where it redirects every request instead. */
let elsewhere: string | undefined
let organization: RecordingServer
beforeAll(async () => {
  organization = await startRecordingServer(({ path }) => {
    if (elsewhere) return { status: 302, headers: { location: elsewhere } }
    return path.endsWith('/.well-known/smart-configuration') ? { body: configuration } : { status: 404 }
  })
})
afterAll(() => organization.close())

const connect = vi.spyOn(Socket.prototype, 'connect')
beforeEach(() => {
  connect.mockClear()
  elsewhere = undefined
})
afterEach(() => connect.mockClear())
afterAll(() => connect.mockRestore())

const expectNotAsked = () => {
  const hosts = connect.mock.calls.flatMap(
    (args) => JSON.stringify(args).match(/169\.254|10\.0\.0\.1|evil/g) ?? [],
  )
  expect(hosts).toEqual([])
}

const faultOf = (address: string) =>
  autoscan(address).then(
    () => expect.fail(`${address} was scanned`),
    (error: { code: string }) => error.code,
  )

describe('C15 an address inside the network is refused with its reason, and nothing is requested from it', () => {
  test.each([
    ['http://169.254.169.254/latest/meta-data', 'private-address'],
    ['https://169.254.169.254/latest/meta-data', 'private-address'],
    ['https://[fe80::1]/', 'private-address'],
    ['http://10.0.0.1/metadata', 'private-address'],
    ['https://10.0.0.1/metadata', 'private-address'],
    ['https://172.16.0.1/fhir', 'private-address'],
    ['https://192.168.0.1/fhir', 'private-address'],
    ['https://100.64.0.1/fhir', 'private-address'],
    ['https://0.0.0.0/fhir', 'private-address'],
    ['https://[fd12::1]/fhir', 'private-address'],
    ['https://[::ffff:169.254.169.254]/', 'private-address'],
    ['https://0xa9fea9fe/', 'private-address'],
    ['https://2852039166/', 'private-address'],
    ['https://0251.0376.0251.0376/', 'private-address'],
    ['https://169.254.43518/', 'private-address'],
    ['https://①⑥⑨.254.169.254/', 'private-address'],
    ['http://clinic.example/fhir', 'insecure-address'],
    ['http://localhost.evil.test/', 'insecure-address'],
    ['gopher://clinic.example/', 'invalid-input'],
    ['file:///etc/passwd', 'invalid-input'],
    ['ftp://clinic.example/', 'invalid-input'],
    ['javascript:alert(1)', 'invalid-input'],
    ['data:application/json,{}', 'invalid-input'],
    ['https://user:secret@clinic.example/', 'invalid-input'],
    ['https://clinic.example/#x', 'invalid-input'],
    ['https://clinic.example/?x=1', 'invalid-input'],
    ['//clinic.example/', 'invalid-input'],
  ])('%s: %s', async (address, code) => {
    expect(await faultOf(address)).toBe(code)
    expect(connect).not.toHaveBeenCalled()
  })

  test('an address of this machine is scanned, because developers need that, and the finding says so', async () => {
    const { origin } = organization
    configuration = {
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      code_challenge_methods_supported: ['S256'],
      capabilities: [],
    }
    const { findings } = await autoscan(origin)
    expect(findings).toContainEqual({ level: 'should', code: 'loopback-http' })
    expect(connect).toHaveBeenCalled()
  })

  test.each([
    'https://10.0.0.1/token',
    'http://169.254.169.254/token',
    'http://evil.test/token',
    'file://evil.test/token',
  ])(
    'an organization that names %s is shown to be elsewhere, and nothing is requested from it',
    async (address) => {
      const { origin } = organization
      configuration = {
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: address,
        code_challenge_methods_supported: ['S256'],
      }
      const { findings } = await autoscan(origin)
      expect(findings).toContainEqual({ level: 'should', code: 'other-origin' })
      expectNotAsked()
    },
  )

  test.each(['file:///token', 'https://klinik-müller.example/token'])(
    'an organization that names %s names no address, and nothing is requested from it',
    async (address) => {
      const { origin } = organization
      configuration = {
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: address,
        code_challenge_methods_supported: ['S256'],
      }
      expect(await faultOf(origin)).toBe('discovery-failed')
      expectNotAsked()
    },
  )

  test.each(['http://169.254.169.254/latest/meta-data', 'https://10.0.0.1/'])(
    'a redirect to %s is not followed',
    async (address) => {
      elsewhere = address
      expect(await faultOf(organization.origin)).toMatch(/^[a-z-]+$/)
      expectNotAsked()
    },
  )
})
