import { describe, expect, test } from 'vitest'
import { DatabaseUrlError, nameOf, parseDatabase } from '../../../server/start/database-url.ts'
import { openPostgres, requireEncryption } from '../../../server/store/postgres/postgres.ts'
import { serversOf } from '../../../server/store/postgres/postgres-servers.ts'

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
    'postgres://carekey@localhost,db.example.org/carekey',
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

describe('T12 an address of several servers', () => {
  test('is the address of each, in its order', () => {
    expect(serversOf('postgres://u:a%40,b@one,[::1]:5433,three/carekey?sslmode=verify-full')).toEqual([
      'postgres://u:a%40,b@one/carekey?sslmode=verify-full',
      'postgres://u:a%40,b@[::1]:5433/carekey?sslmode=verify-full',
      'postgres://u:a%40,b@three/carekey?sslmode=verify-full',
    ])
    expect(serversOf('postgres://one/carekey')).toEqual(['postgres://one/carekey'])
  })

  test.each(['', '?target_session_attrs=read-write', '?target_session_attrs=primary'])(
    'is taken with %j, and named by its servers',
    (how) => {
      const database = parseDatabase(`postgres://u:secret@one,two:5433/carekey${how}`)
      expect(nameOf(database)).toBe('one,two:5433/carekey')
    },
  )

  test.each(['one,two/carekey?target_session_attrs=standby', 'one,two:x/carekey'])(
    'is refused if it can never be written to, or read: %s',
    (address) => expect(() => parseDatabase(`postgres://${address}`)).toThrow(DatabaseUrlError),
  )
})
