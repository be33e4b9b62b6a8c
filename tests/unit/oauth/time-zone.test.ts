import type { FastifyRequest } from 'fastify'
import { expect, it } from 'vitest'
import type { Config } from '../../../server/config.ts'
import { findTimeZone } from '../../../server/sign-in/visit/own-session.ts'

const zoneOf = (cookie: string | undefined, publicUrl = 'http://localhost:3100') =>
  findTimeZone({ publicUrl } as Config, { headers: { cookie } } as FastifyRequest)

it.each([
  'Europe/Madrid',
  'America/Argentina/Buenos_Aires',
  'Asia/Calcutta',
  'Asia/Kolkata',
  'Etc/GMT+5',
  'UTC',
])('a browser’s time zone %s is known', (name) => {
  expect(zoneOf(`a=b; carekey3100_zone=${name}`)).toBe(name)
})

it.each([
  'Mars/Olympus',
  '+05:30',
  '<b>',
  '',
  `Europe/${'a'.repeat(60)}`,
  '"Europe/Madrid"',
  '%45urope/Madrid',
])('%j is no time zone', (name) => {
  expect(zoneOf(`carekey3100_zone=${name}`)).toBeUndefined()
})

it('without a cookie the time zone is unknown, and with TLS a cookie counts only if no neighbour can set it', () => {
  const https = 'https://records.example.org'
  expect(zoneOf(undefined)).toBeUndefined()
  for (const cookie of ['carekey_zone', 'carekey3100_zone'])
    expect(zoneOf(`${cookie}=Europe/Madrid`, https)).toBeUndefined()
  expect(zoneOf('__Host-carekey_zone=Europe/Madrid', https)).toBe('Europe/Madrid')
})
