import { recordTypes } from '../messages/record-lists.ts'
import type { Connection, Purpose } from '../messages/state.ts'

/** What is asked for. The person unticks what they do not want, and the organization grants what fits their role. */
const asked: Record<Purpose | 'launch', string> = {
  record: 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs',
  // What the page of a launch shows, and no longer than the visit.
  launch: 'openid fhirUser launch patient/Patient.rs patient/Observation.rs patient/Encounter.rs',
  administer: 'openid fhirUser user/AuditEvent.rs client.register',
}

/** Without an identified issuer an id_token could not be checked, so none is asked for. */
export const scopesFor = (purpose: Purpose | 'launch', identified: boolean): string =>
  identified ? asked[purpose] : asked[purpose].replace('openid fhirUser ', '')

/** An organization may grant hundreds of scopes; so much of them is read, in characters, and so many are kept. */
const mostRead = 20_000
const mostScopes = 100
const longestScope = 500

/** A granted scope as it is kept: what is good for something here, and no more of it than a sign-in has room for. */
export const readScope = (scope: string): string => usefulIn(scope).join(' ')

const usefulIn = (scope: string): string[] => {
  const texts = scope.slice(0, mostRead).split(' ')
  // What was cut in the middle could say more than it did.
  if (scope.length > mostRead) texts.pop()
  return texts.filter((text) => text.length <= longestScope && isUseful(text)).slice(0, mostScopes)
}

const isUseful = (text: string): boolean => {
  const [, , type = ''] = grammar.exec(text) ?? []
  return text === registering || [...recordTypes, 'Patient', 'AuditEvent', '*'].some((each) => each === type)
}

const registering = 'client.register'

/** What a granted scope is good for. `patient/` scopes reach nothing without a patient. */
export const abilities = (scope: string, hasPatient: boolean): Connection['can'] => {
  const granted = usefulIn(scope)
  const canSearch = (type: string, category?: string) =>
    granted.some((text) => grants(text, type, hasPatient) && (!category || reaches(text, category)))
  return {
    readVitals: canSearch('Observation', 'vital-signs'),
    readLists: recordTypes.filter((type) =>
      canSearch(type, type === 'Observation' ? 'laboratory' : undefined),
    ),
    searchPatients: canSearch('Patient'),
    readAccessLog: canSearch('AuditEvent'),
    registerApplications: granted.includes(registering),
  }
}

/** A category after the scope leaves the other categories out; what else it may limit is seen when the answer comes. */
const reaches = (text: string, category: string): boolean => {
  const named = new URLSearchParams(text.split('?')[1]).getAll('category')
  return named.every((value) => value.split(',').some((token) => token.split('|').at(-1) === category))
}

/** Whether everything of a type may be read; a query after the scope limits it to a part. */
export const readsWhole = (scope: string, type: string): boolean =>
  usefulIn(scope).some((text) => !text.includes('?') && grants(text, type, true))

// Version 2 (`rs`, with an optional query) and version 1 (`read`, `*`) of the grammar; every list here is a search.
const grammar = /^(patient|user)\/(\*|[A-Za-z]+)\.(read|\*|c?r?u?d?s)(\?.*)?$/

const grants = (text: string, type: string, hasPatient: boolean): boolean => {
  const [, context, granted] = grammar.exec(text) ?? []
  return (granted === '*' || granted === type) && (context === 'user' || hasPatient)
}
