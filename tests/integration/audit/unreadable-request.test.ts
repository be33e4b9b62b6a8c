import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SECURITY_HEADERS } from '../../../server/pages/frame/security-headers.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refusedRequests } from '../../fixtures/refused-requests.ts'

describe('a request that cannot be parsed', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())
  beforeEach(() => clinic.store.write((trx) => trx.deleteFrom('refused_request').execute()))

  const send = (bytes: string) => {
    const socket = connect(clinic.config.port, clinic.config.host)
    // A client that sent nothing disconnects; every other one waits for the answer.
    if (bytes === '') socket.end()
    else socket.write(bytes)
    return text(socket)
  }
  const nonsense = 'NO REQUEST AT ALL\r\n\r\n'
  const tooLong = `GET /oauth/authorize?state=${'secret'.repeat(4_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
  const countRefusals = async () => (await refusedRequests(clinic.store)).by

  it.each([
    ['nonsense', nonsense, '400 Bad Request', 'other bad_request'],
    ['one that is too long', tooLong, '431 Request Header Fields Too Large', 'other too_long'],
    [
      'CONNECT',
      'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n',
      '405 Method',
      'other method_not_allowed',
    ],
    [
      'a length beside Transfer-Encoding',
      'POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400 Bad Request',
      'other bad_request',
    ],
    [
      'a Transfer-Encoding that is none',
      'POST /fhir HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: what\r\n\r\n0\r\n\r\n',
      '400 Bad Request',
      'other bad_request',
    ],
  ])('F65 %s is answered with our headers, and counted', async (_name, bytes, status, name) => {
    const answer = await send(bytes)
    expect(answer).toContain(`HTTP/1.1 ${status}`)
    expect(answer).toMatch(/\r\nX-Request-Id: [0-9a-f-]{36}\r\n/)
    for (const [header, value] of Object.entries(SECURITY_HEADERS))
      expect(answer).toContain(`\r\n${header}: ${value}\r\n`)
    // With complete headers it is a request until its body turns out to be malformed.
    expect(await countRefusals()).toMatchObject({ [name]: 1 })
  })

  it('is answered once, even if more of it arrives', async () => {
    const answer = await send(nonsense.repeat(10_000))
    expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(await countRefusals()).toEqual({ 'other bad_request': 1 })
  })

  it('is not counted when nothing was sent', async () => {
    expect(await send('')).toBe('')
    expect(await countRefusals()).toEqual({})
  })

  it('is answered with 503 if it cannot be counted', async () => {
    const alter = (statement: string) => clinic.store.write((trx) => sql.raw(statement).execute(trx))
    await alter(`create trigger full before insert on refused_request begin select raise(abort, 'full'); end`)
    expect(await send(nonsense)).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/s)
    await alter('drop trigger full')
    expect(await send(nonsense)).toMatch(/^HTTP\/1\.1 400 /)
  })
})
