import { expect, it } from 'vitest'
import { lookAtLog } from '../../../extension/access-log/watch/look-at-log.ts'
import type { Sessions } from '../../../extension/auth/grant/session.ts'
import { items } from '../../../extension/storage/items.ts'
import { auditRecord } from '../../../server/audit/entry/record.ts'
import { ACCESS_KINDS, type AccessKind, givesAway } from '../../../values/access-kinds.ts'

const fhirBase = 'https://clinic.example/fhir'
const issuer = 'https://clinic.example'
const recordOf = (kind: AccessKind, id: string, accountId: string) =>
  auditRecord(
    {
      ...{ kind, requestId: id, outcome: 'success', patients: ['p'] },
      agent: { address: '192.0.2.1', clientId: 'admin-console', clientName: 'Console', accountId },
    },
    { id, now: Date.now() - 60_000, fhirBase, organization: 'Riverside Clinic', patient: 'p' },
  )

/** The kinds of the entries of a log that are announced. */
const announced = async (events: object[]): Promise<string[]> => {
  const server = { issuer, token_endpoint: `${issuer}/token` }
  const session = {
    ...{ providerId: 'r', fhirBase, clientId: 'carekey', signedInAt: Date.now() - 9e8, staysConnected: true },
    ...{ requestedScope: 'patient/*.rs', scope: 'patient/*.rs', server },
    patient: { id: 'p', name: 'John Doe', identifiers: [] },
  }
  const connection = {
    ...{ id: 'c', providerId: 'r', issuer, fhirBase, subject: 'john', fhirUser: 'Patient/p', patientId: 'p' },
    person: { name: 'John Doe', role: 'patient' },
  }
  await items.knownLogs.set({})
  await items.connections.set({ c: connection } as never)
  const sessions = {
    requests: {
      ...{
        journals: async () => ({}),
        all: async () => [],
        keys: async () => [],
        change: async () => undefined,
      },
      put: async () => ({ count: 1, oldest: Date.now() }),
    },
    find: async () => session,
    accessLog: async () => undefined,
    access: async () => ({
      ...{ fhirBase, signal: new AbortController().signal, terms: session },
      fetch: async () =>
        Response.json({
          ...{ resourceType: 'Bundle', type: 'searchset' },
          entry: events.map((resource) => ({ resource })),
        }),
    }),
  } as unknown as Sessions
  const { page } = await lookAtLog(sessions, 'c')
  return page.entries.filter(({ isNew }) => isNew).map(({ kind }) => kind)
}

const quiet = [
  ...['authorize', 'sign-in', 'sign-out', 'token', 'revoke', 'introspect'],
  ...['register', 'rollback', 'clock', 'import', 'refusals'],
]

it.each(ACCESS_KINDS)(
  'an access by others is announced unless its kind gives nothing away: %s',
  async (kind) => {
    expect(await announced([recordOf(kind, 'e1', 'admin')])).toEqual(quiet.includes(kind) ? [] : [kind])
    // A sign-in in the person's name elsewhere is announced by another rule.
    const ofPerson = ['sign-in', 'consent', 'token', 'erasure'].includes(kind) ? [kind] : []
    expect(await announced([recordOf(kind, 'e1', 'john')]), 'by the person elsewhere').toEqual(ofPerson)
  },
)

it('an access by others of an unknown kind is announced', async () => {
  const event = recordOf('read', 'e1', 'admin')
  const type = { system: 'urn:example:audit', code: 'of-tomorrow' }
  const subtype = [{ system: 'urn:carekey:access-kind', code: 'of-tomorrow' }]
  expect(await announced([{ ...event, type, subtype }])).toEqual(['other'])
  expect(givesAway('of-tomorrow')).toBe(true)
})

it('every kind in which the server hands out data gives something away', () => {
  const isFromServer = (kind: AccessKind) =>
    recordOf(kind, 'e1', 'admin').agent.some(
      ({ type, who }) => type?.coding?.[0]?.code === '110153' && who?.display === 'Riverside Clinic',
    )
  const kinds = ACCESS_KINDS.filter(isFromServer)
  expect(kinds).toEqual(['read', 'proof', 'export'])
  expect(kinds.every(givesAway)).toBe(true)
})
