import { ProblemError } from '../messages/errors.ts'
import { abortReasonOf } from './asking.ts'

/** The most commas, colons and brackets that are parsed at once: about 20 ms of work at worst. */
const mostTokens = 100_000
/** No FHIR resource is nested this deep; deeper values would break code that walks through them. */
const deepestNesting = 2000
/** In characters. Parsing a shorter text takes less time than waiting for a turn. */
const shortText = 100_000

type Parse = (json: string) => unknown

/**
 * Parses JSON without blocking the worker: the entries of a Bundle one by one, with other work in between. Long answers of one
 * organization are parsed one after another, so other work waits for one piece at most, however many it sends.
 *
 * @param host the host that sent the answer.
 * @param parse parses one entry, or an answer that is no Bundle.
 * @param signal aborts the parsing, with its reason.
 * @throws ProblemError `too-many-values` for more than 100,000 values in one entry or beside the entries, before they are parsed.
 * @returns undefined for text that is no JSON, has two `entry` lists, or is nested too deep.
 */
export const parseInPieces = async (
  text: string,
  host: string,
  parse: Parse,
  signal?: AbortSignal,
): Promise<unknown> => {
  const work = async () => {
    const giveWay = createTurns(signal)
    const split = await splitBundle(text, giveWay)
    return split && (await joinBundle(split, giveWay, parse))
  }
  return text.length < shortText ? work() : navigator.locks.request(`parse:${host}`, work)
}

interface SplitBundle {
  /** The text with a 0 in place of each entry that is an object; spaces keep the 0 apart from other numbers. */
  frame: string
  entries: { index: number; json: string }[]
  isBundle: boolean
}

/**
 * Finds the objects in the list `entry` without parsing them. Invalid JSON may be cut anywhere, and some of its pieces then fail
 * to parse.
 */
const splitBundle = async (text: string, giveWay: () => Promise<void>): Promise<SplitBundle | undefined> => {
  const entries: SplitBundle['entries'] = []
  const frame: string[] = []
  let frameEnd = 0
  let tokens = 0
  let tokensOfFrame = 0
  let depth = 0
  /** The last string in the outermost object, as written. When a list begins, this is its name. */
  let name = ''
  let list: 'before' | 'in' | 'after' = 'before'
  let index = 0
  let entryStart: number | undefined
  let stringStart: number | undefined
  let position = 0
  for (let at = 0; at < text.length; at++) {
    if (++position % 65_536 === 0) await giveWay()
    const character = text.charCodeAt(at)
    if (stringStart !== undefined) {
      if (character === BACKSLASH) at++
      else if (character === QUOTE) {
        if (depth === 1) name = text.slice(stringStart, at)
        stringStart = undefined
      }
      continue
    }
    if (character === QUOTE) {
      stringStart = at + 1
      continue
    }
    const isOpen = character === BRACE || character === BRACKET
    const isClose = character === BRACE_END || character === BRACKET_END
    if (!isOpen && !isClose && character !== COMMA && character !== COLON) continue
    if ((entryStart === undefined ? ++tokensOfFrame : ++tokens) > mostTokens)
      throw new ProblemError('too-many-values')
    if (isOpen) depth++
    if (isClose) depth--
    if (depth > deepestNesting) return undefined
    if (character === BRACKET && depth === 2 && isEntry(name)) {
      // Parsers disagree on which of two lists counts.
      if (list !== 'before') return undefined
      list = 'in'
    } else if (list !== 'in') continue
    else if (isClose && depth === 1) list = 'after'
    else if (character === COMMA && depth === 2) index++
    else if (character === BRACE && depth === 3) {
      entryStart = at
      tokens = 0
    } else if (isClose && depth === 2 && entryStart !== undefined) {
      entries.push({ index, json: text.slice(entryStart, at + 1) })
      frame.push(text.slice(frameEnd, entryStart), ' 0 ')
      frameEnd = at + 1
      entryStart = undefined
    }
  }
  frame.push(text.slice(frameEnd))
  return { frame: frame.join(''), entries, isBundle: list !== 'before' }
}

/** Checks whether a name is `entry` in any spelling: `\u0065ntry` is the same name. */
const isEntry = (spelling: string): boolean => {
  if (!spelling.includes('\\') || spelling.length > longestSpelling) return spelling === 'entry'
  try {
    return JSON.parse(`"${spelling}"`) === 'entry'
  } catch {
    return false
  }
}

/** The length of `entry` with each character written as `\u0065`. */
const longestSpelling = 5 * 6

const [QUOTE, BACKSLASH, COMMA, COLON, BRACE, BRACE_END, BRACKET, BRACKET_END] = [...'"\\,:{}[]'].map(
  (character) => character.charCodeAt(0),
)

const joinBundle = async (
  { frame, entries, isBundle }: SplitBundle,
  giveWay: () => Promise<void>,
  parse: Parse,
): Promise<unknown> => {
  try {
    if (!isBundle) return parse(frame)
    const bundle = JSON.parse(frame) as { entry: unknown[] }
    for (const { index, json } of entries) {
      bundle.entry[index] = parse(json)
      await giveWay()
    }
    return bundle
  } catch (error) {
    if (error instanceof ProblemError) throw error
    return undefined
  }
}

/** Milliseconds of work after which other work has its turn. */
const turnLength = 16

/**
 * Splits work whose length an organization decides. Call the returned function between two pieces: after 16 ms of work it lets
 * other work run first.
 *
 * @throws ProblemError why the signal was aborted, from the returned function.
 */
export const createTurns = (signal?: AbortSignal): (() => Promise<void>) => {
  let turnStart = performance.now()
  return async () => {
    if (signal?.aborted) throw abortReasonOf(signal)
    if (performance.now() - turnStart < turnLength) return
    await new Promise((resolve) => setTimeout(resolve))
    turnStart = performance.now()
  }
}
