/** An answer of the FHIR server upstream that cannot be used. The message says why, and quotes nothing of it. */
export class WrongAnswer extends Error {}

/** An answer that is too large; a request for less may succeed. */
export class LargeAnswer extends WrongAnswer {}

/** A piece of a JSON text, not parsed yet. */
export interface JsonPiece {
  readonly text: string
  /** The number of members in its objects, as written: a member that occurs twice counts twice. */
  readonly members: number
}

/** About what a parsed value takes of memory beside its text, in bytes. */
export const BYTES_OF_VALUE = 50

/** Deeper than any FHIR resource, which has about 20 levels. */
const DEEPEST = 100

/**
 * Each value costs memory and time to parse and to decide on, however short its text is. 10 MB of FHIR have hardly as many as this.
 */
const MOST_VALUES = 400_000
/** The most of what is parsed or decided on in one turn, a tenth of a second for so many: of one resource, and of all that is outside of them. */
export const MOST_OF_ONE = 50_000

/** The path of resources in a Bundle: `{"entry":[{"resource":{…}}]}`. */
const RESOURCE_DEPTH = 3

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Cuts the resources out of a Bundle's text, so that each is parsed once and keeps its numbers as written. In `rest`, a number
 * stands in place of each resource. A resource in another place, or below a name that is written with escapes, is not cut out and
 * stays in `rest`.
 *
 * @throws WrongAnswer when it is nested too deeply, or not JSON. Other faults are left to the parser.
 * @throws LargeAnswer when it has too many values.
 */
export const cutBundle = (
  text: string,
): { rest: JsonPiece; resources: readonly JsonPiece[]; values: number } => {
  const resources: JsonPiece[] = []
  const rest: string[] = []
  let restStart = 0
  let restMembers = 0
  let restValues = 0
  const { members, values } = scan(text, MOST_VALUES, (start, end, members, values) => {
    restValues -= values
    rest.push(text.slice(restStart, start), String(resources.length))
    resources.push({ text: ownText(text, start, end), members })
    restStart = end
    restMembers -= members
  })
  rest.push(text.slice(restStart))
  if (values + restValues > MOST_OF_ONE) throw tooMany()
  return { rest: { text: rest.join(''), members: members + restMembers }, resources, values }
}

/** Counts the members of a text that is not cut. @throws WrongAnswer, LargeAnswer as `cutBundle`. */
export const wholePiece = (text: string, mostValues = MOST_VALUES): JsonPiece => ({
  text,
  members: scan(text, mostValues).members,
})

/** Copies a part, because a slice of a string keeps the whole of it in memory. */
const ownText = (text: string, start: number, end: number): string =>
  Buffer.from(text.slice(start, end)).toString()

/** Reads the text once, and calls `onResource` at the end of each resource of a Bundle. @returns how many members and values it has. */
const scan = (
  text: string,
  mostValues: number,
  onResource?: (start: number, end: number, members: number, values: number) => void,
): { readonly members: number; readonly values: number } => {
  let depth = 0
  let members = 0
  /** As many as there are values, or more: each list or object has one comma fewer than values. */
  let values = 0
  let lastString = ''
  /** The last name at each depth, down to the resources. */
  const names: string[] = []
  let resource: { start: number; members: number; values: number } | undefined
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at)
        if (depth <= RESOURCE_DEPTH) lastString = text.slice(at + 1, end)
        at = end
        break
      }
      case 0x3a: // :
        members++
        if (depth <= RESOURCE_DEPTH) names[depth] = lastString
        break
      case 0x7b: // {
        if (onResource && depth === RESOURCE_DEPTH && names[1] === 'entry' && names[depth] === 'resource')
          resource = { start: at, members, values }
        depth++
        values++
        break
      case 0x5b: // [
        depth++
        values++
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        if (resource && depth === RESOURCE_DEPTH) {
          onResource?.(resource.start, at + 1, members - resource.members, values - resource.values)
          resource = undefined
        }
        break
      case 0x2c: // ,
        values++
    }
    if (depth > DEEPEST) throw new WrongAnswer('it is nested too deeply')
    if (values > mostValues || (resource && values - resource.values > MOST_OF_ONE)) throw tooMany()
  }
  return { members, values }
}

const tooMany = () => new LargeAnswer('it has too many values')

/** Returns where the string that begins at `start` ends. @throws WrongAnswer when it does not. */
export const endOfString = (text: string, start: number): number => {
  let end = start
  do {
    end = text.indexOf('"', end + 1)
    if (end < 0) throw new WrongAnswer('it is not JSON')
  } while (isEscaped(text, end))
  return end
}

const isEscaped = (text: string, at: number): boolean => {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}
