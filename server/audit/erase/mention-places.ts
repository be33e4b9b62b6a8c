import type { AuditEvent } from '@medplum/fhirtypes'
import { SEARCH_PARAMETERS, type SearchParameter } from '../../query/parameters.ts'
import { openEvent } from '../entry/stored-event.ts'

/** A place in an entry where somebody may be mentioned: the text in which each kind of value is looked for. */
interface MentionPlace {
  /** A FHIR reference. */
  readonly reference?: string
  /** The id of an account. */
  readonly account?: string
  /** Ids of a Patient or an account, among other words. */
  readonly ids?: string
  /** Ids as parts of a longer text, because its author was free in it. */
  readonly parts?: string
  /** Record numbers, telephone numbers, birth dates. */
  readonly numbers?: string
  /** Whole names. */
  readonly names?: string
}

/** As `placesOf`, of the text of an entry. What is none of this server's may hold anything, wherever it stands. */
export const placesIn = (json: string, about: string | null): MentionPlace[] => {
  try {
    return placesOf(openEvent(json), about)
  } catch {
    const text = String(json)
    return [{ ids: text, parts: text, numbers: text, names: text }]
  }
}

/**
 * Returns the places of an entry where somebody may be mentioned, and nothing else: whatever is no such place holds words that the server
 * chose (reasons, codes, network addresses, names of scopes and tokens), and an id or a name that equals one of them would take the
 * entries of everybody.
 *
 * A name of somebody else or of an application is theirs, and so is the id of an application, which it or the operator chose. A reference
 * and the id of an account are compared as such, because a Practitioner may have the number of the Patient; but what was asked for as a
 * Patient, and was nobody's, may be a number or a name. Of a search, the entry about a patient holds only names, numbers and birth dates that
 * are this patient's (docs/decisions/0044), so there a number is somebody else's only where it stands for a code.
 *
 * @param about the patient of the entry.
 */
const placesOf = (event: AuditEvent, about: string | null): MentionPlace[] => {
  const { agent, entity = [] } = event
  const isRequest = ({ type }: (typeof entity)[number]) => type?.code === 'XrequestId'
  const details = entity.flatMap(({ detail = [] }) => detail)
  const valuesOf = (wanted: string) =>
    details.filter(({ type }) => type === wanted).map(({ valueString }) => valueString)
  const references = [...agent.map(({ who }) => who?.reference), ...entity.map(({ what }) => what?.reference)]
  const accounts = [
    ...agent
      .filter(({ type }) => type?.coding?.[0]?.code === 'IRCP')
      .map(({ who }) => who?.identifier?.value),
    ...entity.filter(({ role }) => role?.code === '6').map(({ what }) => what?.identifier?.value),
    ...valuesOf('account'),
  ]
  const requests = entity.filter(isRequest).map(({ what }) => what?.identifier?.value)
  const searches = entity.map(({ query }) => query && Buffer.from(query, 'base64').toString())
  const idsAskedFor = about === null ? texts(entity.map(({ what }) => what?.reference)).flatMap(idIn) : []
  return [
    ...texts(references).map((reference) => ({ reference })),
    ...idsAskedFor.map((text) => ({ numbers: text, names: text })),
    ...texts(accounts).map((account) => ({ account })),
    ...valuesOf('scope')
      .map((scope) => limitsIn(scope))
      .map((text) => ({ ids: text, numbers: text })),
    // The application chose it.
    ...texts(requests).map((text) => ({ ids: text, parts: text, numbers: text, names: text })),
    ...texts(searches).map((search) => {
      const text = decode(search)
      return about === null
        ? { ids: text, numbers: text, names: valuesIn(search, NAME_PARAMETERS) }
        : { ids: text, numbers: valuesIn(search, CODE_PARAMETERS) }
    }),
  ]
}

const texts = (values: readonly (string | undefined)[]): string[] =>
  values.filter((value) => value !== undefined)

/** Returns the values by which a list of scopes is limited. A limit is a code or a date, so it holds no name (`query/claim.ts`). */
const limitsIn = (scopes = ''): string =>
  scopes
    .split(' ')
    .flatMap((scope) => pairsIn(scope).map(([, value]) => value))
    .join(' ')

/** Returns the id of a Patient. */
const idIn = (reference: string): string[] => /^Patient\/(.*)$/s.exec(reference)?.slice(1) ?? []

const parametersOf = (isWanted: (parameter: SearchParameter) => boolean): ReadonlySet<string> =>
  new Set(
    Object.values(SEARCH_PARAMETERS).flatMap((parameters) =>
      Object.entries(parameters).flatMap(([name, parameter]) => (isWanted(parameter) ? name : [])),
    ),
  )

/** The parameters whose values are texts or identifiers. All others hold codes, dates, numbers and references. */
const NAME_PARAMETERS = parametersOf(
  (parameter) => parameter.kind === 'string' || (parameter.kind === 'token' && parameter.selective === true),
)

/** The parameters whose values are codes. */
const CODE_PARAMETERS = parametersOf((parameter) => parameter.kind === 'token' && !parameter.selective)

/** Returns the values that a search has for some parameters. A space stands only between the searches of one look. */
const valuesIn = (search: string, parameters: ReadonlySet<string>): string =>
  search
    .split(' ')
    .flatMap(pairsIn)
    .filter(([name]) => parameters.has(name.split(':', 1)[0] ?? ''))
    .map(([, value]) => value)
    .join(' ')

/** Returns the parameters behind the first "?". */
const pairsIn = (text: string): [name: string, value: string][] =>
  text.includes('?') ? [...new URLSearchParams(text.slice(text.indexOf('?') + 1))] : []

const decode = (search: string): string => {
  const text = search.replaceAll('+', ' ')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
