import { ACCESS_KINDS, KIND_SYSTEM } from '../../../values/access-kinds.ts'
import { type Json, object, objects, text } from '../../fhir/resource.ts'
import type { AccessKind } from '../../messages/log-entries.ts'

/** Returns the kind that a Carekey server names; for other BALP records, the kind of their interaction and event codes. */
export const accessKindOf = ({ subtype, type }: Json): AccessKind => {
  const codings = objects(subtype)
  const own = text(codings.find(({ system }) => system === KIND_SYSTEM)?.code)
  const named = ACCESS_KINDS.find((kind) => kind === own && kind !== 'other')
  const kindByStandard = [...codings, object(type)].map(({ code }) => kindByCode.get(text(code) ?? ''))
  return named ?? kindByStandard.find((kind) => kind !== undefined) ?? 'other'
}

/** FHIR's restful interactions, the DICOM events and the IHE transactions that BALP 1.1 writes. */
const kindByCode = new Map<string, AccessKind>(
  Object.entries({
    read: ['read', 'vread', 'history', 'history-instance', 'history-type', 'history-system', '110106'],
    search: ['search', 'search-type', 'search-system', '110112'],
    write: ['create', 'update', 'patch', 'delete', 'transaction', 'batch', '110107'],
    'sign-in': ['110114', '110122'],
    revoke: ['110123'],
    consent: ['110137'],
    register: ['110131'],
    token: ['ITI-71'],
    introspect: ['ITI-102'],
  }).flatMap(([kind, codes]) => codes.map((code): [string, AccessKind] => [code, kind as AccessKind])),
)
