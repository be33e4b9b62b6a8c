import type { Json } from '../../fhir/resource.ts'
import type { AccessEntry, AccessKind } from '../../messages/log-entries.ts'
import type { OwnRequest } from '../../storage/stored-log.ts'
import { byWhom, type Requester, requestIdOf } from '../entries/requester.ts'
import { clockSlack } from '../proof/entry-order.ts'

/** What a sign-in leaves in a log. */
const signInKinds: readonly AccessKind[] = ['authorize', 'account', 'sign-in', 'consent', 'token']
/** Of these, the ones that are announced if this browser did not make them. */
const announcedKinds: readonly AccessKind[] = ['sign-in', 'consent', 'token']

type SignInEntry = Pick<AccessEntry, 'kind' | 'renewed' | 'outcome' | 'recorded'>

const isOfSignIn = ({ kind, renewed }: Pick<SignInEntry, 'kind' | 'renewed'>): boolean =>
  signInKinds.includes(kind) && !renewed

export const isAnnounced = (entry: Pick<SignInEntry, 'kind' | 'renewed'>): boolean =>
  isOfSignIn(entry) && announcedKinds.includes(entry.kind)

/** How many entries of a kind the pages so far have shown, by the time in which this browser signed in. */
export type SignInCounts = Record<string, number>

/** `doubtful`: several entries could be of one sign-in of this browser. */
type SignInJudgement = 'own' | 'doubtful' | 'other'

/** Milliseconds: the longest sign-in, if nothing says when it ended; and how wrong this browser's clock may be. */
const longestSignIn = 600_000
const patience = 600_000
/** Milliseconds. An answer tells its time in whole seconds. */
const closely = 2_000

interface TimeSpan {
  start: number
  end: number
}

/** When this browser may have signed in, by the organization's clock; times that touch are one. */
interface SignInSpan extends TimeSpan {
  /** When it did, if all clocks of the organization agree. */
  exact: TimeSpan[]
  /** The ids of the requests for a token, one for each sign-in. */
  ids: string[]
  /** How many of these requests the organization answered. */
  answered: number
}

/**
 * Judges the entries of sign-ins by this person through this application. Only the request for a token has an id of this browser; the rest
 * happens in the organization's own window. So an entry is this browser's if it was written while this browser signed in, and if there
 * are no more of its kind than sign-ins. A sign-in that the person cancelled, or that never got an answer, may have led to nothing, so
 * what succeeded meanwhile may be somebody else's. Returns the judgements by the entry's place on the page.
 *
 * @param before the counts of the pages before this one.
 */
export const judgeSignIns = (
  events: readonly Json[],
  entries: readonly SignInEntry[],
  context: { signIns: readonly OwnRequest[]; requester: Requester; before?: SignInCounts | undefined },
): { judgements: Map<number, SignInJudgement>; counts: SignInCounts } => {
  const spans = spansOf(context.signIns)
  const before = context.before ?? {}
  const counts = { ...before }
  const candidates = entries.flatMap((entry, place) => {
    const event = events[place] ?? {}
    if (!isOfSignIn(entry) || byWhom(event, entry, context.requester) !== 'you') return []
    const at = Date.parse(entry.recorded)
    const isIn = ({ start, end }: TimeSpan) => start <= at && at <= end
    const span = spans.find(isIn)
    const id = requestIdOf(event)
    const isNamed = entry.kind === 'token' && id !== undefined && span?.ids.includes(id) === true
    const isExact = span?.exact.some(isIn) === true
    const name = isNamed ? id : entry.kind
    const key = keyOf(span, name, isExact)
    counts[key] = (counts[key] ?? 0) + 1
    const isGained = announcedKinds.includes(entry.kind) && entry.outcome === 'success'
    return [{ place, span, name, isGained, isNamed, isExact }]
  })
  const judge = ({
    span,
    name,
    isGained,
    isNamed,
    isExact,
  }: (typeof candidates)[number]): SignInJudgement => {
    if (!span) return 'other'
    const count = (exact: boolean, of = counts) => of[keyOf(span, name, exact)] ?? 0
    const named = span.ids.filter((id) => [true, false].some((exact) => counts[keyOf(span, id, exact)]))
    const known = isGained ? span.answered : span.ids.length
    const most = isNamed ? 1 : known - (name === 'token' ? named.length : 0)
    // An entry at the exact time is preferred, unless another one was taken for it on a page before.
    if (count(true) > 0 && count(false, before) === 0) {
      if (!isExact) return 'other'
      return count(true) <= most ? 'own' : 'doubtful'
    }
    return count(true) + count(false) <= most ? 'own' : 'doubtful'
  }
  return { judgements: new Map(candidates.map((each) => [each.place, judge(each)])), counts }
}

const keyOf = (span: TimeSpan | undefined, name: string, isExact: boolean): string =>
  `${span?.start} ${name}${isExact ? '' : ' about'}`

const spansOf = (signIns: readonly OwnRequest[]): SignInSpan[] => {
  const spans: SignInSpan[] = []
  for (const span of signIns.map(spanOf).toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1)
    if (!last || span.start > last.end) spans.push(span)
    else {
      last.end = Math.max(last.end, span.end)
      last.exact.push(...span.exact)
      last.ids.push(...span.ids)
      last.answered += span.answered
    }
  }
  return spans
}

/** Without the time of the organization's answer there is only this browser's clock, which may be wrong. */
const spanOf = ({ id, at, until, servedAt }: OwnRequest): SignInSpan => {
  if (until === undefined || servedAt === undefined)
    return {
      ...{ start: at - patience, end: (until ?? at + longestSignIn) + patience, exact: [] },
      ...{ ids: [id], answered: until === undefined ? 0 : 1 },
    }
  const within = (slack: number) => ({ start: servedAt - (until - at) - slack, end: servedAt + slack })
  return { ...within(clockSlack), exact: [within(closely)], ids: [id], answered: 1 }
}
