import type { Problem } from '../messages/errors.ts'
import { listNames, lists, recordTypes, resourceTypeOf } from '../messages/record-lists.ts'
import type { Connection, GrantedPart } from '../messages/state.ts'
import { partsOf } from '../record/lists/list-absence.tsx'
import { leftOutWords } from '../record/person.ts'
import type { VitalsAt } from '../record/vitals/use-vitals.ts'
import { exactly } from '../ui/words/dates.ts'
import { remarkWords } from '../ui/words/outside-words.ts'
import { sentence } from '../ui/words/problem.ts'
import { count, listed, t } from '../ui/words/words.ts'
import { typeWords } from '../who-read/access-words.ts'

/** A part of a record that its file does not hold: a kind that could not be read, or the kinds that are not shared. */
export interface MissingPart {
  organization: string
  /** In the words of the page. */
  kind?: string
  problem?: Problem
  notShared?: string[]
  /** The kinds of which the file holds a part, because no more is shared. */
  limited?: string[]
  /** How many resources are not certainly about the person. */
  omitted?: number
  /** In the organization's words. */
  remark?: string
  /** The organization is left out as a whole: the sentence that says so. */
  absence?: string
}

/** Names what the grant does not allow, or only in part: an organization leaves it out of its answers without a word. */
export const notShared = ({ can, person, providerName: organization }: Connection): MissingPart[] => {
  const kindsOf = (isNamed: (part: GrantedPart) => boolean) => [
    ...(isNamed('Patient') ? [typeWords('Patient', person.role === 'patient') ?? 'Patient'] : []),
    ...(isNamed('vitals') ? [t('vital_signs').toLocaleLowerCase()] : []),
    ...listNames.flatMap((name) => {
      const types = lists[name].filter(isNamed)
      return types.length > 0 ? [partsOf(name, types)] : []
    }),
  ]
  const readable: GrantedPart[] = [
    ...can.readLists,
    ...(can.searchPatients ? (['Patient'] as const) : []),
    ...(can.readVitals ? (['vitals'] as const) : []),
  ]
  const none = kindsOf((part) => !readable.includes(part))
  const limited = kindsOf((part) => can.limited.includes(part))
  return [
    ...(none.length > 0 ? [{ organization, notShared: none }] : []),
    ...(limited.length > 0 ? [{ organization, limited }] : []),
  ]
}

/** Names a type that could not be read, unless the organization refused it because it is not shared: `notShared` names it then. */
export const leftOut = (
  { can, person, providerName: organization }: Connection,
  { type, problem }: { type: string; problem: Problem },
): MissingPart[] =>
  problem.code === 'refused' && isWithheld(type, can)
    ? []
    : [{ organization, kind: typeWords(type, person.role === 'patient') ?? type, problem }]

/** Checks whether the grant allows nothing of a type. Of types that no list shows, nothing is known. */
const isWithheld = (type: string, can: Connection['can']): boolean => {
  if (type === 'Patient') return !can.searchPatients
  const names = recordTypes.filter((each) => resourceTypeOf(each) === type)
  const isShared =
    names.some((each) => can.readLists.includes(each)) || (type === 'Observation' && can.readVitals)
  return names.length > 0 && !isShared
}

export const missingWords = ({
  organization,
  kind,
  problem,
  notShared: kinds,
  limited,
  omitted,
  remark,
  absence,
}: MissingPart): string => {
  if (absence !== undefined) return absence
  if (remark !== undefined) return remarkWords(organization, remark)
  if (omitted !== undefined) return `${organization}: ${count('omitted', omitted)}`
  if (kinds) return t('summary_not_shared', listed(kinds), organization)
  if (limited) return t('summary_limited', listed(limited), organization)
  const part = kind ? t('summary_left_out', kind, organization) : t('summary_incomplete', organization)
  return problem ? `${part} ${sentence(problem, organization)}` : part
}

/** Names an organization of the person that a file leaves out. */
export const absentOrganization = (connection: Connection): MissingPart => ({
  organization: connection.providerName,
  absence: leftOutWords(connection),
})

/** Says what a table of these vital signs does not hold. @param others the connections of the person that are left out. */
export const missingVitals = (vitals: readonly VitalsAt[], others: readonly Connection[]): string[] => [
  ...vitals.flatMap(({ connection, value, problem = value?.copyBecause }) => {
    const organization = connection.providerName
    const kind = t('vital_signs').toLocaleLowerCase()
    const { can } = connection
    if (!can.readVitals) return [missingWords({ organization, notShared: [kind] })]
    const { cut, warning, omitted, remark } = value ?? {}
    return [
      ...(can.limited.includes('vitals') ? [missingWords({ organization, limited: [kind] })] : []),
      ...(problem && value
        ? [`${sentence(problem, organization)} ${t('last_read')} ${exactly(value.readAt)}.`]
        : problem
          ? [missingWords({ organization, kind, problem })]
          : []),
      ...(cut
        ? [
            [t('vitals_cut', organization), warning && sentence(warning, organization)]
              .filter(Boolean)
              .join(' '),
          ]
        : []),
      ...(omitted !== undefined ? [missingWords({ organization, omitted })] : []),
      ...(remark !== undefined ? [missingWords({ organization, remark })] : []),
    ]
  }),
  ...others.map(leftOutWords),
]

/** An R4 OperationOutcome with the same words, for whoever reads the file without this page. */
export const missingNote = (missing: MissingPart[]): object => ({
  resourceType: 'OperationOutcome',
  issue: missing.map((part) => ({
    ...(part.notShared || part.limited
      ? { severity: 'information', code: 'suppressed' }
      : { severity: 'warning', code: 'incomplete' }),
    details: { text: missingWords(part) },
  })),
})
