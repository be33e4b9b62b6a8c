import type { Parameters } from '../fhir/client.ts'
import type { LogFilter } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'

/** A FHIR id, or a reference to one of these types. */
const REFERENCE = /^((Patient|Practitioner|RelatedPerson|Device)\/)?[A-Za-z0-9.-]{1,64}$/
const OUTCOMES = { success: '0', refused: '4', failed: '8,12' }

/**
 * Converts the filter to search parameters of AuditEvent (FHIR R4).
 *
 * @throws ProblemError `invalid-input` with the filter's `field`.
 */
export const logParameters = ({ patient, agent, kind, outcome, from, to }: LogFilter): Parameters => ({
  patient: reference(patient, 'patient'),
  agent: reference(agent, 'agent'),
  subtype: kind,
  outcome: outcome && OUTCOMES[outcome],
  date: [
    ...(from === undefined ? [] : [`ge${startOf(from, 'from').toISOString()}`]),
    ...(to === undefined ? [] : [`lt${dayAfter(startOf(to, 'to')).toISOString()}`]),
  ],
})

const reference = (text: string | undefined, field: string): string | undefined => {
  if (text === undefined || REFERENCE.test(text)) return text
  throw new ProblemError('invalid-input', { field })
}

/** Returns the midnight at which a day begins in this browser's time zone. */
const startOf = (day: string, field: string): Date => {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00`) : new Date(Number.NaN)
  if (Number.isNaN(date.getTime())) throw new ProblemError('invalid-input', { field })
  return date
}

/** Adds one day by the calendar, because a day need not have 24 hours. */
const dayAfter = (date: Date): Date => new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1)
