import type { AuditEvent } from '@medplum/fhirtypes'
import { KIND_SYSTEM } from '../../../values/access-kinds.ts'
import type { AuditEventTable } from '../../store/schema.ts'

type Columns = Omit<AuditEventTable, 'seq' | 'json' | 'salt'>

/** Returns the values of the columns by which an event is searched. */
export const columnsOf = (event: AuditEvent): Columns => {
  const person = event.agent.find(({ type }) => type?.coding?.[0]?.code === 'IRCP')?.who
  const client = event.agent.find(({ network }) => network?.type === '2')?.who
  const entities = event.entity ?? []
  const patient = entities.find(({ type, role }) => type?.code === '1' && role?.code === '1')?.what?.reference
  return {
    id: event.id ?? '',
    recorded: Date.parse(event.recorded ?? ''),
    patient: patient?.replace('Patient/', '') ?? null,
    agent: person?.reference ?? person?.identifier?.value ?? null,
    client_id: client?.identifier?.value ?? null,
    type: event.type.code ?? '',
    subtype: event.subtype?.find(({ system }) => system === KIND_SYSTEM)?.code ?? '',
    outcome: event.outcome ?? '',
    request_id: entities.find(({ type }) => type?.code === 'XrequestId')?.what?.identifier?.value ?? '',
  }
}

/** What the columns with personal values hold once the entry was erased. The patient's column keeps erased entries together. */
const ERASED = { agent: null, client_id: null, request_id: '' } as const

/** Sets what an erasure changes in the columns. */
export const erasedColumns = (json: string) => ({ ...ERASED, json, salt: null })

/** Returns the first column that contradicts the event: a search by it would miss the entry, or return it wrongly. */
export const findWrongColumn = (
  row: Columns & { readonly salt: Uint8Array | null },
  event: AuditEvent,
): string | undefined => {
  const isErased = row.salt === null
  const expected = Object.entries({ ...columnsOf(event), ...(isErased && ERASED) })
  return expected.find(
    ([name, value]) => row[name as keyof Columns] !== value && !(isErased && name === 'patient'),
  )?.[0]
}
