import { createHash } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { describe, expect, it } from 'vitest'
import type { Access, AccessKind } from '../../../server/audit/access.ts'
import { canonicalJson } from '../../../server/audit/canonical-json.ts'
import { columnsOf } from '../../../server/audit/columns.ts'
import { hashOfEntry, hashOfEvent, recordOf } from '../../../server/audit/leaf.ts'
import { auditRecord } from '../../../server/audit/record.ts'
import { KINDS } from '../../fixtures/full-access.ts'

const access = (kind: AccessKind): Access => ({
  kind,
  requestId: 'request-1',
  outcome: 'refused',
  reason: 'because',
  agent: {
    address: '192.0.2.7',
    clientId: 'carekey',
    clientName: 'Carekey',
    accountId: 'lee',
    accountName: 'Dr. Lee',
    fhirUser: 'Practitioner/lee',
    tokenRef: 'ref',
  },
  patients: ['ana'],
  entity: 'Observation/1',
  query: 'Observation?code=1',
  details: { scope: 'patient/*.rs', window: 'day' },
  period: { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 2) },
})

const eventOf = (access: Access): AuditEvent =>
  auditRecord(access, {
    id: 'd9f7a3a1-0000-4000-8000-000000000000',
    now: Date.UTC(2026, 0, 2),
    fhirBase: 'https://records.example.org/fhir',
    organization: 'Riverside Clinic',
    patient: 'ana',
  })

/** The same value with the names of every object in reverse order. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}

describe('canonical JSON (RFC 8785)', () => {
  it('sorts names by their UTF-16 units, at every depth, and escapes as the RFC does', () => {
    expect(
      canonicalJson({ '\ufb33': 1, '\u{1f600}': 2, b: { d: true, c: [{ z: 'é', a: 0 }] }, '\r': 'x' }),
    ).toBe('{"\\r":"x","b":{"c":[{"a":0,"z":"é"}],"d":true},"\u{1f600}":2,"\ufb33":1}')
    expect(canonicalJson('\u20ac$\u000f\u000aA\'B"\\\\"/')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
  })

  it('is the stored form of every kind of entry', () => {
    for (const kind of KINDS) {
      const event = eventOf(access(kind))
      const storedText = JSON.stringify(event)
      expect(canonicalJson(JSON.parse(storedText)), kind).toBe(storedText)
      expect(canonicalJson(reversed(event)), kind).toBe(storedText)
    }
  })
})

describe('a leaf', () => {
  const salt = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
  const hidden = (path: string, value: string) =>
    `sha256:${createHash('sha256').update(salt).update(`${path}\0${value}`).digest('base64url')}`

  it('hides whom it is about, who sent the request, from where and for what, and nothing else', () => {
    const event = eventOf(access('search'))
    const record = JSON.parse(recordOf({ json: JSON.stringify(event), salt, count: 3 }))
    expect(record.count).toBe(3)
    const expected = structuredClone(event) as unknown as {
      agent: {
        who: { reference?: string; identifier?: { value: string }; display?: string }
        network?: { address: string }
      }[]
      entity: { what?: { reference?: string }; query?: string }[]
    }
    const [client, server, person] = expected.agent
    const [patient, resource, query] = expected.entity
    if (!client?.network || !server?.network || !person || !patient?.what || !resource?.what || !query?.query)
      throw new Error('The event has another shape.')
    client.who.identifier = { value: hidden('agent.0.who.identifier.value', 'carekey') }
    client.who.display = hidden('agent.0.who.display', 'Carekey')
    client.network.address = hidden('agent.0.network.address', '192.0.2.7')
    server.who.display = hidden('agent.1.who.display', 'Riverside Clinic')
    server.network.address = hidden('agent.1.network.address', 'https://records.example.org/fhir')
    person.who.reference = hidden('agent.2.who.reference', 'Practitioner/lee')
    person.who.identifier = { value: hidden('agent.2.who.identifier.value', 'lee') }
    person.who.display = hidden('agent.2.who.display', 'Dr. Lee')
    patient.what.reference = hidden('entity.0.what.reference', 'Patient/ana')
    resource.what.reference = hidden('entity.1.what.reference', 'Observation/1')
    query.query = hidden('entity.2.query', query.query)
    expect(record.event).toEqual(expected)
  })

  it('has the same hash when its event was just built as when it is read from the database', () => {
    for (const kind of KINDS)
      for (const count of [1, 70_000, null])
        for (const agent of [access(kind).agent, { address: '2001:db8::1' }]) {
          const event = eventOf({ ...access(kind), agent })
          const json = JSON.stringify(event)
          expect(hashOfEvent(event, salt, count), kind).toEqual(hashOfEntry({ json, salt, count }))
        }
  })

  it('hides a value of any length', () => {
    const long = 'ü'.repeat(20_000)
    const event = eventOf({ ...access('search'), agent: { address: long } })
    const record = JSON.parse(recordOf({ json: JSON.stringify(event), salt, count: null }))
    expect(record).not.toHaveProperty('count')
    expect(record.event.agent[0].network.address).toBe(hidden('agent.0.network.address', long))
  })

  it('is found by the columns that repeat parts of its event', () => {
    expect(columnsOf(eventOf(access('consent')))).toEqual({
      id: 'd9f7a3a1-0000-4000-8000-000000000000',
      recorded: Date.UTC(2026, 0, 2),
      patient: 'ana',
      agent: 'Practitioner/lee',
      client_id: 'carekey',
      type: '110113',
      subtype: 'consent',
      outcome: '4',
      request_id: 'request-1',
    })
  })
})
