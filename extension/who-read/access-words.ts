import { readableText } from '../../values/readable-name.ts'
import {
  type AccessEntry,
  type AccessKind,
  type ErasedEntry,
  isGrantChange,
  isOfData,
  type LogProof,
} from '../messages/log-entries.ts'
import { exactly } from '../ui/words/dates.ts'
import { applicationName, personName, quoted } from '../ui/words/outside-words.ts'
import { count, find, t, type Word } from '../ui/words/words.ts'

/** The tolerated lead of an organization's clock, in milliseconds. */
const AHEAD = 600_000

/** Checks whether an entry is dated in the future. */
export const isAhead = ({ recorded }: AccessEntry, now: number): boolean => Date.parse(recorded) > now + AHEAD

const keysByText = new Map<string, string>()
const keysByEntry = new WeakMap<AccessEntry, string>()

/**
 * Numbers an entry by all that is shown of it; the number holds while the page is open. Its id alone is not enough: an organization may
 * give the id of a proven entry to another text, which must not stand in for it. The text is read once, because it may be long.
 */
export const entryKeyOf = (entry: AccessEntry): string => {
  const known = keysByEntry.get(entry)
  if (known !== undefined) return known
  const { by: _by, isNew: _isNew, ...shown } = entry
  const text = JSON.stringify(shown)
  const key = keysByText.get(text) ?? String(keysByText.size)
  keysByText.set(text, key)
  keysByEntry.set(entry, key)
  return key
}

/** Removes duplicates, because an organization's pages may lead back to an earlier one. */
export const uniqueEntries = (entries: AccessEntry[]): AccessEntry[] =>
  [...new Map(entries.toReversed().map((entry) => [entryKeyOf(entry), entry])).values()].toReversed()

/** Finds the erasure of an entry in the proofs of the pages on screen. */
export const erasureOf = (
  { id }: AccessEntry,
  proofs: readonly (LogProof | undefined)[],
): ErasedEntry | undefined =>
  proofs.flatMap((proof) => {
    const erased = proof && 'erased' in proof && proof.erased
    return erased && Object.hasOwn(erased, id) ? (erased[id] ?? []) : []
  })[0]

const WORST = ['alarm', 'unchecked', 'unprovable'] as const

/** The verdict on the pages of one list: the worst, or else that on the last page; undefined while one is not known. */
export const verdictOf = (pages: readonly { proof?: LogProof }[]): LogProof | undefined => {
  const proofs = pages.flatMap(({ proof }) => proof ?? [])
  const worst = WORST.flatMap((outcome) => proofs.filter((proof) => proof.outcome === outcome))[0]
  return worst ?? (proofs.length === pages.length ? proofs.at(-1) : undefined)
}

/**
 * Names the person, or the network of strangers; for an erased entry, the time of its erasure once that is proven.
 */
export const accessWho = (entry: AccessEntry, erasure: ErasedEntry | undefined): string => {
  const { who, kind } = entry
  if (!entry.erased && who === '') return t(nobodyWords(entry))
  if (!entry.erased && kind === 'refusals') return who
  if (!entry.erased) return entry.byItself ? applicationName(who) : personName(who)
  if (!erasure) return t('log_erased')
  return t('log_erased_on', exactly(erasure.at))
}

/**
 * `through Carekey`, `on the pages of Riverside Clinic`; undefined if that says no more than who it was. A consent is changed,
 * and an application disconnected, at the organization alone; the entry names the application that it is about.
 */
export const accessThrough = (
  entry: Pick<AccessEntry, 'application' | 'byItself' | 'consent' | 'disconnected' | 'onOwnPages'>,
): string | undefined => {
  const { application, byItself, onOwnPages } = entry
  if (application === undefined || byItself) return undefined
  if (isGrantChange(entry)) return t('on_own_page')
  return t(onOwnPages ? 'on_pages' : 'through', applicationName(application))
}

const nobodyWords = ({ kind, outcome }: AccessEntry): Word => {
  if (kind === 'refusals') return 'access_many_networks'
  return kind === 'sign-in' && outcome !== 'success' ? 'access_not_signed_in' : 'unnamed'
}

/** `Read`, `Search`, `Sign-in`, `214 refused requests of strangers`, `Consent: allowed Carekey to read`. */
export const accessKind = (entry: AccessEntry): string => {
  const { kind, requests, imported, ending, change, accountChange, application, by } = entry
  const { consent, renewed, disconnected } = entry
  if (requests !== undefined) return count('access_refused_requests', requests)
  if (imported !== undefined) return count('access_imported', imported)
  if (change !== undefined) return t(`access_application_${change}`)
  if (accountChange !== undefined) return t(`access_account_${accountChange}`)
  if (consent !== undefined && application)
    return t(`access_consent_${consent}`, applicationName(application))
  if (disconnected && application) return t('access_disconnected', applicationName(application))
  if (renewed) return t('access_renewed')
  if (ending === 'denied') return t(by === 'others' ? 'access_denied_by_other' : 'access_denied')
  if (ending === 'unfinished') return t('access_unfinished')
  return t(ending === 'wrong-password' ? 'access_wrong_password' : kindWords[kind])
}

/** Returns how an access ended. If the person decided against it, nothing was refused. */
export const accessEnd = ({ outcome, ending }: AccessEntry): AccessEntry['outcome'] | 'undone' =>
  ending === 'denied' || ending === 'unfinished' ? 'undone' : outcome

export const kindWords = {
  read: 'access_read',
  search: 'access_search',
  write: 'access_write',
  authorize: 'access_authorize',
  'sign-in': 'access_sign_in',
  'sign-out': 'access_sign_out',
  consent: 'access_consent',
  token: 'access_token',
  revoke: 'access_revoke',
  introspect: 'access_introspect',
  userinfo: 'access_userinfo',
  register: 'access_register',
  account: 'access_account',
  proof: 'access_proof',
  export: 'access_export',
  rollback: 'access_rollback',
  clock: 'access_clock',
  erasure: 'access_erasure',
  import: 'access_import',
  refusals: 'access_refusals',
  other: 'access_other',
} as const satisfies Record<AccessKind, Word>

/** The kinds whose `what` is a name: of an application, or of an account. */
const NAMING_KINDS = ['register', 'sign-in']

/**
 * Names the data of a FHIR type (`vital signs and results`); undefined for a type without words.
 *
 * @param isOwn the reader is the patient of the record.
 */
export const typeWords = (type: string, isOwn: boolean): string | undefined =>
  isOwn && type === 'Patient' ? t('resource_own_patient') : find(`resource_${type}`)

/**
 * Names the data in words if its type has some (`vital signs and results`), or the application or account that an event is about;
 * undefined for other events.
 *
 * @param isOwn the log is read by the patient whom it is about.
 */
export const accessWhat = ({ kind, what }: AccessEntry, isOwn = false): string | undefined => {
  if (NAMING_KINDS.includes(kind)) return what && quoted(what)
  if (!isOfData({ kind })) return undefined
  const type = what && /^[A-Z]\w*/.exec(what)?.[0]
  return (type && typeWords(type, isOwn)) || what
}

/** Returns the request as it was sent; undefined if it is shown in words only. */
export const accessRequest = ({ kind, what }: AccessEntry): string | undefined =>
  NAMING_KINDS.includes(kind) ? undefined : what

/** The most kinds that are named. If there are more, two are named. */
const MOST_NAMED = 3

/** Names what was read in the order of reading, data of the record first: `vital signs and results, conditions, 8 more`. */
export const dataRead = (newestFirst: AccessEntry[], isOwn = false): string => {
  const entries = newestFirst.toReversed()
  const inOrder = [...entries.filter(isOfData), ...entries.filter((entry) => !isOfData(entry))]
  const names = [...new Set(inOrder.map((entry) => nameOf(entry, isOwn)))]
  if (names.length <= MOST_NAMED) return names.join(', ')
  const firstNames = names.slice(0, MOST_NAMED - 1)
  return [...firstNames, count('log_more', names.length - firstNames.length)].join(', ')
}

/** Names the data in words, or else by its type, or else what was done. */
const nameOf = (entry: AccessEntry, isOwn: boolean): string => {
  const what = accessWhat(entry, isOwn)
  const type = /^[A-Z]\w*/.exec(what ?? '')?.[0]
  const name = what === entry.what ? type && personName(type) : what
  return name ?? accessKind(entry).replace(/^./u, (first) => first.toLocaleLowerCase())
}

const MOST_CHARACTERS = 48
const MOST_PARAMETERS = 6

/**
 * Decodes a logged query and cleans it again, because decoding brings new characters. Shortens values that are too long to read, such as a
 * page cursor or fifty ids.
 */
export const readableQuery = (what: string): string => {
  const [path = '', query] = what.split('?', 2)
  if (query === undefined) return what
  const parts = [...new URLSearchParams(query)].map(([name, value]) =>
    value.length > MOST_CHARACTERS ? `${name}=${value.slice(0, 8)}…` : `${name}=${value}`,
  )
  return readableText(
    `${path}?${parts.slice(0, MOST_PARAMETERS).join('&')}${parts.length > MOST_PARAMETERS ? '&…' : ''}`,
  )
}
