import { createHash } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { describe, expect, it } from 'vitest'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import { canonicalJson } from '../../../server/audit/entry/canonical-json.ts'
import { columnsOf } from '../../../server/audit/entry/columns.ts'
import { hasherOf, hashOfEntry, recordOf } from '../../../server/audit/entry/leaf.ts'
import { auditRecord } from '../../../server/audit/entry/record.ts'
import type { AccessKind } from '../../../values/access-kinds.ts'
import { fullAccess, KINDS } from '../../fixtures/full-access.ts'
import { redacted } from '../../fixtures/reference-log.ts'

const access = (kind: AccessKind): LoggedAccess => ({
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

const eventOf = (access: LoggedAccess): AuditEvent =>
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

  it('hides every text of an access, and nothing else', () => {
    for (const kind of KINDS) {
      const event = eventOf(fullAccess(kind, (member) => `ZZCANARY ${member}`))
      const record = JSON.parse(recordOf({ json: canonicalJson(event), salt, count: 3 }))
      expect(record.count).toBe(3)
      expect(JSON.stringify(record), kind).not.toContain('ZZCANARY')
      expect(record.event, kind).toEqual(redacted(event, salt))
      expect(record.event.entity.at(-1).detail.map(({ type }: { type: string }) => type)).toEqual([
        'scope',
        'window',
      ])
    }
  })

  it('has the same hash when its event was just built as when it is read from the database', () => {
    for (const kind of KINDS)
      for (const count of [1, 70_000, null])
        for (const agent of [access(kind).agent, { address: '2001:db8::1' }]) {
          const event = eventOf({ ...access(kind), agent })
          const json = JSON.stringify(event)
          expect(hasherOf(event, salt)(count), kind).toEqual(hashOfEntry({ json, salt, count }))
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
