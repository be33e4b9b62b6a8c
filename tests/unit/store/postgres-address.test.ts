import { describe, expect, test } from 'vitest'
import { openPostgres, requireEncryption } from '../../../server/store/postgres.ts'

describe('F54 a PostgreSQL on another machine', () => {
  test.each([
    'postgres://carekey@db.example.org/carekey',
    'postgresql://carekey:secret@10.0.0.7:5432/carekey',
    'postgres://carekey@127.0.0.1.example.org/carekey',
    'postgres://carekey@localhost.example.org/carekey',
    'postgres://carekey@localhost/carekey?host=db.example.org',
    'postgres://carekey@db.example.org/carekey?sslmode=',
    'postgres://carekey@db.example.org/carekey?ssl=0',
    'postgres://carekey@[2001:db8::1]/carekey',
  ])('is refused if its address does not say anything about encryption: %s', async (url) => {
    expect(() => requireEncryption(url)).toThrow(
      /^Records would cross the network in clear text\. Add \?sslmode=verify-full/,
    )
    await expect(openPostgres(url)).rejects.toThrow(/in clear/)
  })

  test.each(['sslmode=verify-full', 'sslmode=disable', 'ssl=true'])('is accepted with %s', (how) => {
    expect(() => requireEncryption(`postgres://carekey@db.example.org/carekey?${how}`)).not.toThrow()
  })

  test.each([
    'postgres://carekey@localhost/carekey',
    'postgres://carekey@127.0.0.1:5433/carekey',
    'postgres://carekey@[::1]/carekey',
    'postgres:///carekey?host=/var/run/postgresql',
  ])('does not include %s', (url) => {
    expect(() => requireEncryption(url)).not.toThrow()
  })
})
