import { numberForms } from '../../../values/search-words.ts'
import type { Parameters } from '../../fhir/client.ts'
import { isId } from '../../fhir/resource.ts'
import type { LogFilter } from '../../messages/administration.ts'
import { ProblemError } from '../../messages/errors.ts'

const REFERENCE = /^(Patient|Practitioner|RelatedPerson|Device)\/[A-Za-z0-9.-]{1,64}$/
const NAME_WORD = /^\p{L}[\p{L}\p{M}\p{N}'’.-]{0,63}$/u
const NUMBER = /^(?=.*\d)[\p{L}\p{N}][\p{L}\p{N} .:/-]{0,63}$/u
const TITLE = /^(dr|dra|prof|profa|mr|mrs|ms|sr|sra|srta)$/i
const mostWords = 10
const OUTCOMES = { success: '0', refused: '4', failed: '8,12' }

/**
 * Converts the filter to searches of AuditEvent (FHIR R4). There are several if a single word may be a name, an id or a number: the first
 * that finds an entry counts.
 *
 * @throws ProblemError `invalid-input` with the filter's `field`.
 */
export const logSearches = ({ patient, agent, kind, outcome, from, to }: LogFilter): Parameters[] => {
  const date = [
    ...(from === undefined ? [] : [`ge${startOf(from, 'from').toISOString()}`]),
    ...(to === undefined ? [] : [`lt${dayAfter(startOf(to, 'to')).toISOString()}`]),
  ]
  const patients = personSearches(patient, 'patient', 'patient.name', 'patient.identifier')
  const agents = personSearches(agent, 'agent', 'agent-name')
  return patients.flatMap((ofPatient) =>
    agents.map((ofAgent) => ({
      ...ofPatient,
      ...ofAgent,
      subtype: kind,
      outcome: outcome && OUTCOMES[outcome],
      date,
    })),
  )
}

/** Returns the search by name, whose words may come in any order, then by id, then by a number as it is printed (`MR 112130`). */
const personSearches = (
  text: string | undefined,
  field: 'patient' | 'agent',
  name: string,
  identifier?: string,
): Parameters[] => {
  if (text === undefined) return [{}]
  if (REFERENCE.test(text)) return [{ [field]: text }]
  const all = text.split(/[\s,]+|\.(?=[\s,]|$)/).filter((word) => word !== '')
  const withoutTitles = all.filter((word) => !TITLE.test(word))
  const words = withoutTitles.length > 0 ? withoutTitles : all
  const isName = words.length > 0 && words.length <= mostWords && words.every((word) => NAME_WORD.test(word))
  const isNumber = NUMBER.test(text) && (!isName || words.length === 1)
  const searches = [
    ...(isName ? [{ [name]: words }] : []),
    ...(isId(text) ? [{ [field]: text }] : []),
    ...(identifier !== undefined && isNumber ? [{ [identifier]: numberForms(text).join(',') }] : []),
  ]
  if (searches.length === 0) throw new ProblemError('invalid-input', { field })
  return searches
}

/** Returns the midnight at which a day begins in this browser's time zone. */
const startOf = (day: string, field: string): Date => {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00`) : new Date(Number.NaN)
  if (Number.isNaN(date.getTime())) throw new ProblemError('invalid-input', { field })
  return date
}

/** Adds one day by the calendar, because a day need not have 24 hours. */
const dayAfter = (date: Date): Date => new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1)
