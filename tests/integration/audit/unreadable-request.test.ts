import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AuditEvent } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'

describe('what is no request that can be read', () => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now })
  })
  afterAll(() => clinic.close())

  const send = (bytes: string) => {
    const socket = connect(clinic.config.port, clinic.config.host)
    // Who sends nothing goes away; everybody else waits for the answer.
    if (bytes === '') socket.end()
    else socket.write(bytes)
    return text(socket)
  }
  const nonsense = 'NO REQUEST AT ALL\r\n\r\n'
  const tooLong = `GET /oauth/authorize?state=${'secret'.repeat(4_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
  const entries = async () => {
    const rows = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'other')
      .orderBy('seq')
      .execute()
    return rows.map(({ json }) => JSON.parse(json) as AuditEvent)
  }
  const nextMinute = () => {
    now += 60_000
  }

  it('is answered, and logged without what it held', async () => {
    expect(await send(nonsense)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(await send(tooLong)).toMatch(/^HTTP\/1\.1 431 .*\r\nConnection: close\r\n/s)
    const logged = await entries()
    expect(logged.map(({ outcome, outcomeDesc }) => `${outcome} ${outcomeDesc}`)).toEqual([
      '4 bad_request',
      '4 too_long',
    ])
    expect(JSON.stringify(logged)).not.toContain('secret')
    expect(JSON.stringify(logged)).toContain('127.0.0.1')
  })

  it('has ten entries a minute, and the next one counts the others', async () => {
    nextMinute()
    const before = (await entries()).length
    for (let n = 0; n < 15; n++) await send(nonsense)
    expect((await entries()).length).toBe(before + 10)
    nextMinute()
    await send(tooLong)
    const last = (await entries()).at(-1)
    expect(last?.entity?.flatMap(({ detail = [] }) => detail)).toEqual([
      { type: 'unreadable-requests-without-entry', valueString: '5' },
    ])
  })

  it('is answered once, though more of it comes', async () => {
    nextMinute()
    const before = (await entries()).length
    const answer = await send(nonsense.repeat(10_000))
    expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect((await entries()).length).toBe(before + 1)
  })

  it('has no entry when nothing was sent', async () => {
    nextMinute()
    const before = (await entries()).length
    expect(await send('')).toBe('')
    expect((await entries()).length).toBe(before)
  })

  it('is answered with 503 where its entry cannot be written', async () => {
    nextMinute()
    const alter = (statement: string) => clinic.store.write((trx) => sql.raw(statement).execute(trx))
    await alter(`create trigger full before insert on audit_event begin select raise(abort, 'full'); end`)
    expect(await send(nonsense)).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/s)
    await alter('drop trigger full')
    expect(await send(nonsense)).toMatch(/^HTTP\/1\.1 400 /)
  })
})
