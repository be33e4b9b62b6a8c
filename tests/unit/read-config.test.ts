import { describe, expect, test } from 'vitest'
import { readConfig } from '../../server/main.ts'

describe('F24 a server does not start', () => {
  test.each([
    'https://records.example.org',
    'https://127.0.0.1.example.org',
    'https://localhost.example.org',
  ])('as a demo at an address that others can reach: %s', (url) => {
    expect(() => readConfig(['--demo', 'riverside', '--public-url', url])).toThrow(
      /^--demo cannot be used with --public-url/,
    )
  })

  test.each([
    'http://records.example.org',
    'http://192.168.1.7:3100',
    'http://0.0.0.0:3100',
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'http://[2001:db8::1]',
  ])('if passwords would travel in clear: %s', (url) => {
    expect(() => readConfig(['--public-url', url])).toThrow(/^--public-url has to be https/)
  })

  test.each(['http://localhost:3100', 'http://127.0.0.1:3100', 'http://[::1]:3100'])(
    'except at %s',
    (url) => {
      expect(readConfig(['--public-url', url]).config.publicUrl).toBe(url)
      expect(readConfig(['--demo', 'pulse', '--public-url', url]).config.demo).toBe('pulse')
    },
  )
})

describe('the organization’s name', () => {
  test.each([
    [['--name', ' North Clinic '], 'North Clinic'],
    [['--name', 'Clínica Ñuñoa', '--demo', 'riverside'], 'Clínica Ñuñoa'],
    [['--public-url', 'https://records.example.org'], 'records.example.org'],
    [['--demo', 'riverside'], 'Riverside Clinic'],
  ])('%j: %s', (args, name) => {
    expect(readConfig(args).config.organization.name).toBe(name)
  })

  test.each(['', '  ', 'a\nb', 'North\u202eClinic', 'x'.repeat(81)])('cannot be %j', (name) => {
    expect(() => readConfig(['--name', name])).toThrow(/^--name takes 1 to 80 characters/)
  })
})
