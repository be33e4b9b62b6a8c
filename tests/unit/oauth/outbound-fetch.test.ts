import { describe, expect, it } from 'vitest'
import { cacheFailures, faultOfAddress, isReachable } from '../../../server/oauth/clients/outbound-fetch.ts'

describe('an address that somebody else chose', () => {
  it.each([
    'http://169.254.169.254/',
    'https://169.254.169.254/latest',
    'http://127.0.0.1:3100/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[::ffff:0:7f00:1]/',
    'https://[64:ff9b::8.8.8.8]/',
    'https://[64:ff9b::7f00:1]/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://0177.0.0.1/',
    'https://0x7f000001/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://localhost/jwks',
    'https://10.1.2.3/',
    'https://192.168.1.1/',
    'http://keys.example.org/',
    'https://user@keys.example.org/',
    'https://keys.example.org/#x',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'gopher://keys.example.org/',
    42,
    undefined,
  ])('A31 is refused without a connection: %s', (address) => {
    expect(faultOfAddress(address, false)).toBeTypeOf('string')
  })

  it('is accepted if it is public and https, or on loopback in a demo', () => {
    expect(faultOfAddress('https://keys.example.org/jwks.json', false)).toBeUndefined()
    expect(faultOfAddress('http://127.0.0.1:3000/jwks', true)).toBeUndefined()
    expect(faultOfAddress('http://localhost:3000/jwks', true)).toBeUndefined()
    expect(faultOfAddress('http://10.0.0.1/jwks', true)).toBeTypeOf('string')
    expect(faultOfAddress('http://keys.example.org/jwks', true)).toBeTypeOf('string')
  })

  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['::ffff:8.8.8.8', true],
    ['::ffff:127.0.0.1', false],
    ['::ffff:7f00:1', false],
    ['64:ff9b::a00:1', false],
    ['2002:a00:1::', false],
    ['::', false],
    ['172.31.255.255', false],
    ['100.64.0.1', false],
    ['fe80::1', false],
    ['224.0.0.1', false],
  ])('is judged by its address range: %s', (address, reachable) => {
    expect(isReachable(address, false)).toBe(reachable)
  })
})

describe('an address that failed', () => {
  it('A33 is requested again after a minute, and not before', async () => {
    let time = 0
    let requestCount = 0
    const fetch = cacheFailures(
      async () => {
        requestCount += 1
        throw new Error('no')
      },
      () => time,
    )
    for (let i = 0; i < 50; i += 1) await expect(fetch('https://a.test/')).rejects.toThrow('no')
    expect(requestCount).toBe(1)
    time = 60_001
    await expect(fetch('https://a.test/')).rejects.toThrow('no')
    expect(requestCount).toBe(2)
  })
})
