import { describe, expect, it } from 'vitest'
import { checkNetworkRegistration } from '../../../server/oauth/clients/network-registration.ts'

const redirect_uris = ['https://app.example/callback']

describe('F04 an application that registers over the network', () => {
  it.each([
    [{ grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    [{ grant_types: ['authorization_code', 'client_credentials'] }, 'invalid_client_metadata'],
    [{ grant_types: 'client_credentials' }, 'invalid_client_metadata'],
    [{ scope: 'system/*.rs' }, 'invalid_client_metadata'],
    [{ scope: 'openid patient/*.rs system/Observation.r' }, 'invalid_client_metadata'],
    [{ scope: ' system/Patient.rs' }, 'invalid_client_metadata'],
    [{ resource_server: true }, 'invalid_client_metadata'],
    [{ resource_server: false }, 'invalid_client_metadata'],
  ])('never has %j', (metadata, error) => {
    const next = { redirect_uris, ...metadata } as Parameters<typeof checkNetworkRegistration>[0]
    for (const before of [undefined, { redirect_uris }, next])
      expect(() => checkNetworkRegistration(next, before)).toThrow(expect.objectContaining({ error }))
  })

  it('may register with scopes for people, or with none', () => {
    expect(() => checkNetworkRegistration({ redirect_uris })).not.toThrow()
    expect(() => checkNetworkRegistration({ redirect_uris, scope: 'openid patient/*.rs' })).not.toThrow()
  })

  it.each([
    ['patient/Observation.rs', 'patient/*.rs'],
    ['patient/Observation.rs', 'patient/Observation.rs patient/Patient.rs'],
    ['patient/Observation.r', 'patient/Observation.rs'],
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs'],
    ['patient/*.rs', 'user/*.rs'],
    ['patient/*.rs', 'patient/*.rs client.register'],
    ['patient/*.rs', undefined],
    ['', 'patient/*.rs'],
  ])('never changes its scope from "%s" to "%s"', (before, next) => {
    const change = { redirect_uris, ...(next !== undefined && { scope: next }) }
    expect(() => checkNetworkRegistration(change, { redirect_uris, scope: before })).toThrow(
      expect.objectContaining({ error: 'invalid_client_metadata' }),
    )
  })

  it.each([
    ['patient/*.rs', 'patient/*.rs'],
    ['patient/*.rs', 'patient/Observation.rs'],
    ['patient/*.rs user/Patient.r', 'user/Patient.r'],
    ['openid patient/*.rs', ''],
    [undefined, 'patient/*.rs'],
    [undefined, undefined],
  ])('may change its scope from "%s" to "%s"', (before, next) => {
    const as = (scope: string | undefined) => ({ redirect_uris, ...(scope !== undefined && { scope }) })
    expect(() => checkNetworkRegistration(as(next), as(before))).not.toThrow()
  })

  it.each([
    ['client_secret_basic', 'none'],
    [undefined, 'none'],
    ['private_key_jwt', 'none'],
    ['private_key_jwt', 'client_secret_basic'],
    ['private_key_jwt', undefined],
  ])('never weakens its authentication from %s to %s', (before, next) => {
    const as = (token_endpoint_auth_method: string | undefined) => ({
      redirect_uris,
      ...(token_endpoint_auth_method && { token_endpoint_auth_method }),
    })
    expect(() => checkNetworkRegistration(as(next), as(before))).toThrow(
      expect.objectContaining({ error: 'invalid_client_metadata' }),
    )
    expect(() => checkNetworkRegistration(as(before), as(next))).not.toThrow()
  })

  it('keeps its tokens bound to a key if they were', () => {
    const bound = { redirect_uris, dpop_bound_access_tokens: true }
    for (const next of [{ redirect_uris }, { ...bound, dpop_bound_access_tokens: false }])
      expect(() => checkNetworkRegistration(next, bound)).toThrow(
        expect.objectContaining({ error: 'invalid_client_metadata' }),
      )
    expect(() => checkNetworkRegistration(bound, { redirect_uris })).not.toThrow()
    expect(() => checkNetworkRegistration(bound, bound)).not.toThrow()
  })

  it.each([
    [{ redirect_uris: ['https://evil.example/callback'] }],
    [{ redirect_uris: [...redirect_uris, 'https://evil.example/callback'] }],
    [{ redirect_uris: ['https://app.example:8443/callback'] }],
    [{ redirect_uris: ['http://app.example/callback'] }],
    [{ redirect_uris: ['https://app.example.evil.test/callback'] }],
    [{ redirect_uris: ['https://sub.app.example/callback'] }],
    [{ redirect_uris, launch_uri: 'https://evil.example/launch' }],
    [{ redirect_uris, launch_uri: 'chrome-extension://abcdefghijklmnopabcdefghijklmnop/launch.html' }],
    [{ redirect_uris, initiate_login_uri: 'https://evil.example/launch' }],
  ])('never moves to an address at another host: %j', (next) => {
    expect(() => checkNetworkRegistration(next, { redirect_uris })).toThrow(
      expect.objectContaining({ error: 'invalid_redirect_uri' }),
    )
  })

  it('may change to another address at the same host', () => {
    const next = {
      redirect_uris: ['https://app.example/other', 'https://APP.example/'],
      launch_uri: 'https://app.example/launch',
    }
    expect(() => checkNetworkRegistration(next, { redirect_uris })).not.toThrow()
  })
})
