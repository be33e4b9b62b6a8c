import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask } from './authorization-request.ts'

const anna = attack()

const pages = [
  ['the sign-in page of an application', async () => (await ask(anna)).page.url.pathname],
  ['the sign-in page of the organization', async () => '/login'],
] as const

describe.each(pages)('on %s', (_name, pathOf) => {
  const post = async (body: string, type: string) =>
    anna.send(await pathOf(), { method: 'POST', body, headers: { 'content-type': type } })
  const form = 'application/x-www-form-urlencoded'

  test('C01 so is one with more than 200 fields', async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, at) => `a${at}`).join('&')
    expect((await post(fields(201), form)).status).toBe(413)
    expect((await post(fields(200), form)).status).not.toBe(413)
  })

  test('C01 a form that is too large is answered with 413', async () => {
    const answer = await post(`username=anna&password=${'x'.repeat(20_000)}`, form)
    expect(answer.status).toBe(413)
    expect(answer.headers.get('content-type')).toContain('text/html')
  })

  test.each(['text/html', 'application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'C12 a form sent as %s is answered with 415',
    async (type) => {
      const answer = await post('{"username":"anna","password":"anna-demo"}', type)
      expect(answer.status).toBe(415)
      expect(answer.headers.get('content-type')).toContain('text/html')
      expect(answer.headers.getSetCookie()).toEqual([])
    },
  )

  test('C12 a malformed form is answered with 4xx', async () => {
    const answer = await post('%=%&username[]=%ff&__proto__=1', form)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })
})
