import { useEffect, useRef, useState } from 'preact/hooks'
import type {
  AccessEntry,
  AccessKind,
  AccessPage,
  ErasedEntry,
  LogProof,
  LogVerdict,
} from '../messages/access-log.ts'
import type { LogFilter } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import { exactly } from './dates.ts'
import { type Pages, usePages } from './use-pages.ts'
import { count, find, t, type Word } from './words.ts'

interface AccessLogPages extends Pages<AccessEntry> {
  /** One for each page; undefined while it is checked. */
  proofs: (LogProof | undefined)[]
  /** Why the list ends before it is whole. */
  warning?: Problem
}

/** Newest first, as the organization gives it; undefined asks nothing. */
export const useAccessLog = (connectionId: string | undefined, filter?: LogFilter): AccessLogPages => {
  const question = connectionId && JSON.stringify([connectionId, filter])
  const { items: pages, ...rest } = usePages<AccessPage>(question, async (next) => {
    const page = await ask('access-log', {
      connectionId: connectionId ?? '',
      ...(filter && { filter }),
      ...(next && { next }),
    })
    return { items: [page], ...(page.next && { next: page.next }) }
  })
  const [proofs, setProofs] = useState<Record<string, LogProof>>({})
  const checks = pages?.map(({ check }) => check) ?? []
  const newest = checks.at(-1)
  const repeated = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (newest === undefined) return
    verdictOn(newest).then(({ proof }) => {
      if (!wasInterrupted(proof) || checks.length > 1 || repeated.current === question)
        return setProofs((known) => ({ ...known, [newest]: proof }))
      repeated.current = question
      rest.anew()
    })
  }, [newest])
  const warning = pages?.at(-1)?.warning
  return {
    ...rest,
    ...(pages && { items: uniqueEntries(pages.flatMap(({ entries }) => entries)) }),
    ...(warning && { warning }),
    proofs: checks.map((check) => proofs[check]),
  }
}

/** How far the clock of an organization may be ahead of this one's. */
const AHEAD = 600_000

/** Whether an entry is dated in a time to come. */
export const isAhead = ({ recorded }: AccessEntry, now: number): boolean => Date.parse(recorded) > now + AHEAD

/** A list that leads back to a page of its own shows nothing twice. */
export const uniqueEntries = (entries: AccessEntry[]): AccessEntry[] =>
  [...new Map(entries.toReversed().map((entry) => [entry.id, entry])).values()].toReversed()

/** What the proofs of the pages on screen say of an erased entry. */
export const erasureOf = (
  { id }: AccessEntry,
  proofs: readonly (LogProof | undefined)[],
): ErasedEntry | undefined =>
  proofs
    .flatMap((proof) => (proof?.outcome === 'proven' && proof.erased ? Object.entries(proof.erased) : []))
    .find(([each]) => each === id)?.[1]

/**
 * Who it was, or the network that strangers came from; of an erased entry, when it was erased, once that is proven.
 */
export const accessWho = ({ kind, who, erased }: AccessEntry, erasure: ErasedEntry | undefined): string => {
  if (!erased) return who || t(kind === 'refusals' ? 'access_many_networks' : 'unnamed')
  if (!erasure) return t('log_erased')
  return t(erasure.confirmed ? 'log_erased_before' : 'log_erased_on', exactly(erasure.at))
}

/** `Read`, `Search`, `Sign-in`, `214 refused requests of strangers`. */
export const accessKind = ({ kind, requests }: AccessEntry): string =>
  requests === undefined ? t(kindWords[kind]) : count('access_refused_requests', requests)

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
  refusals: 'access_refusals',
  other: 'access_other',
} as const satisfies Record<AccessKind, Word>

const OF_DATA = ['read', 'search', 'write', 'other']

/** What was read, in words where the type has some: `vital signs and results`. Other events are about no data. */
export const accessWhat = ({ kind, what }: AccessEntry): string | undefined => {
  if (!OF_DATA.includes(kind)) return undefined
  const type = what && /^[A-Z]\w*/.exec(what)?.[0]
  return (type && find(`resource_${type}`)) || what
}

const LONGEST = 48
const MOST = 6

/** A logged question as it was typed; what is too long to read, a place in a list of pages or fifty ids, is cut. */
export const readable = (what: string): string => {
  const [path = '', query] = what.split('?', 2)
  if (query === undefined) return what
  const parts = [...new URLSearchParams(query)].map(([name, value]) =>
    value.length > LONGEST ? `${name}=${value.slice(0, 8)}…` : `${name}=${value}`,
  )
  return `${path}?${parts.slice(0, MOST).join('&')}${parts.length > MOST ? '&…' : ''}`
}

/** What the check of a page came to. A worker that ended meanwhile has checked nothing. */
export const verdictOn = (check: string): Promise<LogVerdict> =>
  ask('access-log-verdict', { check }).catch(() => ({
    proof: { outcome: 'unchecked', problem: { code: 'check-interrupted' } },
  }))

/** The page is read and checked again, once, without a word. */
export const wasInterrupted = (proof: LogProof): boolean =>
  proof.outcome === 'unchecked' && proof.problem?.code === 'check-interrupted'
