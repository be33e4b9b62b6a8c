import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { expect, test } from 'vitest'
import { attack } from './attack.ts'

const anna = attack()

const OWN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

test('F33 three requests with the same id are distinct in the log, and in the lines of the server', async () => {
  const ownId = randomUUID()
  const authorization = `Bearer ${await anna.token('TA')}`
  // Sent without the oracles, which give each request its own id.
  for (const path of ['/fhir/Patient/pa', '/fhir/Patient/pa', '/account']) {
    const { headers } = await fetch(`${anna.server.url}${path}`, {
      headers: { authorization, 'x-request-id': ownId },
      redirect: 'manual',
    })
    expect(headers.get('x-request-id')).toBe(ownId)
  }
  const rows = await anna.server.store.db
    .selectFrom('audit_event')
    .select('json')
    .where('request_id', '=', ownId)
    .execute()
  const pairs = rows
    .map(({ json }) => (JSON.parse(json) as AuditEvent).entity?.at(-1))
    .map((entity) => ({
      given: entity?.what?.identifier?.value,
      own: entity?.detail?.find(({ type }) => type === 'request')?.valueString,
    }))
  expect(pairs).toEqual(pairs.map(() => ({ given: ownId, own: expect.stringMatching(OWN) })))
  expect(pairs.length).toBeGreaterThanOrEqual(2)
  expect(new Set(pairs.map(({ own }) => own)).size).toBe(pairs.length)

  const lines = () =>
    anna.server
      .output()
      .split('\n')
      .filter((line) => line.includes(`"request":"${ownId}"`))
      .map((line) => JSON.parse(line) as { id: string })
  await expect.poll(lines).toHaveLength(3)
  const ids = lines().map(({ id }) => id)
  expect(new Set(ids).size).toBe(3)
  expect(ids).toEqual(expect.arrayContaining(pairs.map(({ own }) => own)))
})

test("F33 an id that contains two names is ignored, so that no caller chooses the server's name for a request", async () => {
  const forged = `a.${randomUUID()}`
  const authorization = `Bearer ${await anna.token('TA')}`
  const { headers } = await fetch(`${anna.server.url}/fhir/Patient/pa`, {
    headers: { authorization, 'x-request-id': forged },
  })
  expect(headers.get('x-request-id')).toMatch(OWN)
  expect(headers.get('x-request-id')).not.toBe(forged.slice(2))
})
