import type { Doubt } from '../../fhir/access/source.ts'
import { badRequest, isUpstreamBusy, isUpstreamLarge, upstreamWrong } from '../../fhir-error.ts'
import { patientsOf } from '../../query/compartment.ts'
import { createPauses } from '../../turns.ts'
import type { Report } from '../transport/send.ts'
import type { UpstreamPage, UpstreamResource } from '../transport/upstream.ts'
import type { Order, Reached } from './order.ts'
import { rowOf, type UpstreamRow } from './row.ts'
import type { LentUpstream } from './shared-upstream.ts'
import { covers, type Stream } from './streams.ts'

const FOREIGN_ROWS =
  "the FHIR server upstream answers a search in one patient's record with resources of others; they are left out"

export const STRAY =
  'a resource may name a patient in a way that cannot be resolved (an address that is neither below "source.base" nor in "source.aliases", an identifier, or another resource that does so or is not served): it, and what is about it, is read in the record of one patient at most'

export const CUT =
  'a resource has more than 20,000 characters of texts, or values, in an element that a search or a scope compares: it matches neither'

/** What each doubt about an answer is in the operator's log. */
export const DOUBTS: Record<Doubt, string> = {
  incomplete:
    'the FHIR server upstream says that results are missing, gives fewer than it states, or not the time by which a search finds them: the answer says so, or is refused',
  unsorted: 'the FHIR server upstream does not keep to the order of a sorted search: the answer says so',
}

/** How much one request may read upstream. */
export interface Budget {
  /** Pages that may still be read. */
  pages: number
  /** When to stop, by `performance.now()`. */
  readonly until: number
}

/** How long a request may read further pages, in milliseconds; after that its page stays short. */
const LONGEST = 3_000

/** By how much the number of rows is divided if a page is too large. */
const FEWER = 4

export const budgetOf = (pages: number): Budget => ({ pages, until: performance.now() + LONGEST })

export interface WalkInput {
  readonly upstream: LentUpstream
  readonly streams: readonly Stream[]
  /** Rows on a page upstream. */
  readonly count: number
  readonly budget: Budget
  /** Decides on each row; a row that is not accepted is skipped, as if it did not exist. */
  readonly accepts: (row: UpstreamRow) => boolean
  /** Decides whether a row that is not accepted is missing, because it cannot be told that it does not match. */
  readonly mayMatch?: (row: UpstreamRow) => boolean
  /** How many of the following streams are requested at the same time. */
  readonly ahead?: number
  /** Merges streams that upstream sorted. If absent, one stream follows another. */
  readonly compare?: ((a: UpstreamRow, b: UpstreamRow) => number) | undefined
  /** The order that upstream was asked for. */
  readonly order?: Order | undefined
  /** Where an earlier walk ended. */
  readonly from?: string | undefined
  /** Called with rows of other patients on a page that was limited to one patient. */
  readonly report: Report
}

/**
 * The next row of a stream: the link of its page (empty for the first) and the position on it; `size` is the number of rows on a
 * page, which is reduced where a page is too large, and `before` the number of rows on the pages before it. `total` is what upstream
 * stated, and `reached` how far the order has come before the page.
 */
type WalkPlace = readonly [
  label: string,
  link: string,
  offset: number,
  size?: number,
  before?: number,
  total?: number | null | undefined,
  reached?: Reached | null | undefined,
]

/** Reads streams row by row. Holds no more than one page of each open stream in memory. */
export interface Walk {
  /** Returns the next row; `undefined` at the end, and when the budget is used up. */
  next(): Promise<UpstreamRow | undefined>
  /** Returns where the next row is; `undefined` at the end. */
  place(): string | undefined
  /** What is wrong with the pages that were read so far. */
  readonly doubts: ReadonlySet<Doubt>
}

/**
 * Creates a walk over streams. A row counts only if the resource itself shows that it belongs to the stream. It counts once,
 * although several streams may hold it.
 *
 * @throws FhirError 502 when most rows of a page are other patients', because upstream ignores the limit to one patient.
 */
export const walk = (input: WalkInput): Walk => {
  const { streams, compare, from, ahead = 0 } = input
  const places = from === undefined ? undefined : placesOf(from)
  const begins = places && streams.findIndex(({ label }) => label === places[0]?.[0])
  if (begins === -1) throw badRequest('The page link is over; search again.')
  const takenKeys = new Set<string>()
  const doubts = new Set<Doubt>()
  const readers = streams.flatMap((stream, at) => {
    const place = places?.find(([label]) => label === stream.label)
    // When merging, a stream without a place has ended. Otherwise, only the streams before the first place have ended.
    if (places && !place && (compare || at < (begins ?? 0))) return []
    return [readerOf({ ...input, stream, earlier: streams.slice(0, at), taken: takenKeys, doubts }, place)]
  })
  const next = async (): Promise<UpstreamRow | undefined> => {
    if (!compare || readers.length === 1) {
      for (let reader = readers[0]; reader; reader = readers[0]) {
        for (const later of readers.slice(1, 1 + ahead)) later.begin()
        const row = await reader.peek()
        if (row) return reader.take()
        if (!reader.isOver()) return undefined
        readers.shift()
      }
      return undefined
    }
    const rows = await Promise.all(readers.map((reader) => reader.peek()))
    if (rows.some((row, at) => !row && !readers[at]?.isOver())) return undefined
    const first = rows.reduce<number | undefined>((best, row, at) => {
      const other = best === undefined ? undefined : rows[best]
      return row && (!other || compare(row, other) < 0) ? at : best
    }, undefined)
    return first === undefined ? undefined : readers[first]?.take()
  }
  return {
    doubts,
    next,
    place: () => {
      const open = readers.filter((reader) => !reader.isOver())
      return open.length === 0
        ? undefined
        : textOf((compare ? open : open.slice(0, 1)).map((each) => each.place()))
    },
  }
}

/** A page of a stream, without what upstream included. */
interface StreamPage {
  readonly rows: readonly UpstreamResource[]
  /** How many rows upstream gave. */
  readonly came: number
  readonly isIncomplete: boolean
  readonly total: number | undefined
  readonly next: string | undefined
  letGo(): void
}

interface ReaderInput extends WalkInput {
  readonly stream: Stream
  /** Earlier streams; a row that belongs to one of them is left to it. */
  readonly earlier: readonly Stream[]
  /** The rows that the walk has returned, because a server may send one twice. */
  readonly taken: Set<string>
  readonly doubts: Set<Doubt>
}

interface Reader {
  /** Requests its first page without waiting for it. */
  begin(): void
  /** Returns the next row that counts; `undefined` at the end, and when the budget is used up. */
  peek(): Promise<UpstreamRow | undefined>
  take(): UpstreamRow | undefined
  isOver(): boolean
  place(): WalkPlace
}

const readerOf = (
  { stream, earlier, taken, doubts, upstream, count, budget, accepts, mayMatch, order, report }: ReaderInput,
  [, startLink, startOffset, startSize, startBefore, startTotal, startReached]: WalkPlace = ['', '', 0],
): Reader => {
  let link = startLink
  let offset = startOffset
  let size = startSize ?? count
  let before = startBefore ?? 0
  let total = startTotal ?? undefined
  let reached = startReached ?? undefined
  let reachedAfter = reached
  let page: StreamPage | undefined
  let loading: Promise<StreamPage | undefined> | undefined
  let row: UpstreamRow | undefined
  let isOver = false
  const linksSeen = new Set<string>()
  const pause = createPauses()

  const ask = async (isAhead: boolean): Promise<UpstreamPage> => {
    const { type, confined, parameters } = stream
    if (confined && confined.path === undefined) {
      const own = await upstream.read(type, confined.patient)
      return { resources: own && own !== 'gone' ? [own] : [] }
    }
    if (link !== '') return upstream.follow(link, isAhead)
    const search = new URLSearchParams({ _count: String(size) })
    for (const [name, value] of parameters) search.append(name, value)
    return upstream.search(type, search, isAhead)
  }

  /** A link asks for as many rows as the first page had: for fewer rows, the search starts again and skips the rows before. */
  const askForFewer = (): void => {
    size = Math.ceil(size / FEWER)
    offset += before
    before = 0
    reached = undefined
    link = ''
    linksSeen.clear()
  }

  /** Reads the next page; none if the budget was used up before one was small enough. */
  const load = async (isAhead = false): Promise<StreamPage | undefined> => {
    while (!isSpent()) {
      budget.pages--
      try {
        return rowsOf(await ask(isAhead))
      } catch (error) {
        if (!isUpstreamLarge(error) || size === 1) throw error
        askForFewer()
      }
    }
    return undefined
  }

  const rowsOf = (newPage: UpstreamPage): StreamPage => {
    const { type } = stream
    const { next } = newPage
    if (next !== undefined && (next === link || linksSeen.has(next))) throw upstreamWrong()
    linksSeen.add(link)
    const all = newPage.resources.filter((each) => each.type === type)
    const matches = all.filter((each) => !each.included)
    // Some servers mark every row as included, although nothing is asked to be.
    const rows = matches.length > 0 ? matches : all.filter(isOfPatient)
    requireOwn(rows)
    const came = matches.length > 0 ? matches.length : all.length
    const { isIncomplete = false, total } = newPage
    return { ...{ rows, came, next, isIncomplete, total }, letGo: () => upstream.letGo(newPage) }
  }

  const doubt = (kind: Doubt): void => {
    doubts.add(kind)
    report(DOUBTS[kind], { type: stream.type })
  }

  /** Looks at a whole page before its first row is used: a later one may show that the first does not belong there. */
  const look = async ({ rows, came, next, isIncomplete, total: stated }: StreamPage): Promise<void> => {
    total = stated ?? total
    if (isIncomplete || (next === undefined && total !== undefined && total > before + came))
      doubt('incomplete')
    reachedAfter = reached
    let isUnsorted = false
    for (const each of order ? rows : []) {
      const now = order?.(each, reachedAfter)
      reachedAfter = now?.reached
      isUnsorted ||= now?.isBroken === true
      await pause()
    }
    if (isUnsorted) doubt('unsorted')
  }

  const isOfPatient = ({ type, id, resource }: UpstreamResource): boolean =>
    !stream.confined || patientsOf(type, id, resource).includes(stream.confined.patient)

  const requireOwn = (results: readonly UpstreamResource[]): void => {
    const { type, confined } = stream
    if (!confined) return
    const foreign = results.filter((each) => !isOfPatient(each)).length
    if (foreign > 0) report(FOREIGN_ROWS, { type, rows: foreign, of: results.length })
    if (foreign * 2 > results.length) throw upstreamWrong()
  }

  const isOwn = (candidate: UpstreamRow): boolean =>
    covers(stream, candidate) &&
    !earlier.some((each) => covers(each, candidate)) &&
    !taken.has(keyOf(candidate))

  const isSpent = (): boolean => budget.pages <= 0 || performance.now() > budget.until

  const peek = async (): Promise<UpstreamRow | undefined> => {
    while (!row && !isOver) {
      const loadedAhead = loading?.catch(againIfBusy)
      loading = undefined
      if (!page) {
        page = (await loadedAhead) ?? (await load())
        if (!page) return undefined
        await look(page)
      }
      const resource = page.rows[offset]
      if (resource === undefined) {
        if (page.next === undefined) isOver = true
        link = page.next ?? ''
        before += page.rows.length
        reached = reachedAfter
        // A page may have become smaller since the place was made.
        offset = Math.max(0, offset - page.rows.length)
        page.letGo()
        page = undefined
        continue
      }
      const candidate = rowOf(resource)
      if (candidate.isStray) report(STRAY, { type: candidate.type, id: candidate.id })
      const own = isOwn(candidate) ? candidate : undefined
      if (own && accepts(own)) row = own
      else offset++
      if (own && !row && mayMatch?.(own)) doubt('incomplete')
      if (candidate.wasCut()) report(CUT, { type: candidate.type, id: candidate.id })
      await pause()
    }
    return row
  }

  return {
    begin: () => {
      if (page || loading || isOver || isSpent()) return
      loading = load(true)
      // The error is thrown where the page is awaited.
      loading.catch(() => {})
    },
    peek,
    take: () => {
      const next = row
      row = undefined
      offset++
      if (next) taken.add(keyOf(next))
      return next
    },
    isOver: () => isOver,
    place: () => [stream.label, link, offset, size, before, total, reached],
  }
}

/** What was read ahead and did not fit is read when it is needed, because there may be room then. */
const againIfBusy = (error: unknown): undefined => {
  if (!isUpstreamBusy(error)) throw error
}

const keyOf = ({ type, id }: UpstreamRow): string => `${type}/${id}`

/** The longest place, in characters, because it is part of a page link, which is part of an address. */
const LONGEST_PLACE = 5_000
/** The length is a multiple of this; otherwise it would reveal how many rows, of other patients too, were skipped. */
const PADDED = 64

const textOf = (places: readonly WalkPlace[]): string => {
  const text = JSON.stringify(places)
  if (text.length > LONGEST_PLACE) throw upstreamWrong()
  return text.padEnd(Math.ceil(text.length / PADDED) * PADDED)
}

const placesOf = (text: string): readonly WalkPlace[] => JSON.parse(text)
