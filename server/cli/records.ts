import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseKeepingDigits } from '../fhir/resource-text.ts'

/** One resource as it stands in a file, not yet judged. */
export interface FoundRecord {
  readonly resource: unknown
  /** The resource as JSON, every number written as in the file: 1.10 stays 1.10. */
  readonly text: string
  /** Where in the file, when it is not the whole of it: `line 3`, `entry 12`. */
  readonly place?: string
}

/** A file, or a line of it, that is no JSON. The rest of an NDJSON file is still read. */
export interface Unreadable {
  readonly unreadable: string
}

/**
 * Yields every resource of a file that holds one resource, a Bundle (each `entry.resource`, whatever its type), or
 * NDJSON of either, which is read as a stream: memory holds one line of it.
 *
 * @throws an error of the file system when the file cannot be read.
 */
export async function* recordsOf(file: string): AsyncGenerator<FoundRecord | Unreadable> {
  let number = 0
  let streaming = false
  for await (const line of linesOf(file)) {
    number++
    if (line.trim() === '') continue
    const value = parse(line)
    if (!streaming && 'error' in value) {
      // A pretty-printed file: its first line is no JSON of its own.
      yield* wholeFile(file)
      return
    }
    streaming = true
    if ('error' in value) yield { unreadable: `line ${number} is not JSON (${value.error})` }
    else yield* unfold(value.value, line, `line ${number}`)
  }
  if (!streaming) yield { unreadable: 'the file is empty' }
}

async function* wholeFile(file: string): AsyncGenerator<FoundRecord | Unreadable> {
  const text = decoder().decode(await readFile(file))
  const value = parse(text)
  if ('error' in value) yield { unreadable: `it is not JSON (${value.error})` }
  else yield* unfold(value.value, text)
}

function* unfold(value: unknown, text: string, place?: string): Generator<FoundRecord | Unreadable> {
  if (!isBundle(value)) {
    yield { resource: value, text, ...(place ? { place } : {}) }
    return
  }
  const exact = entryTexts(text)
  if (!exact) {
    yield { unreadable: `${place ? `the Bundle in ${place}` : 'the Bundle'} is nested too deeply to be read` }
    return
  }
  const entries = Array.isArray(value.entry) ? value.entry : []
  for (const [index, entry] of entries.entries()) {
    const within = `entry ${index + 1}`
    yield {
      resource: entry?.resource,
      text: exact[index] ?? '',
      place: place ? `${place}, ${within}` : within,
    }
  }
}

/** Each resource of a Bundle as text of its own, numbers as written; `undefined` where that takes more stack than there is. */
const entryTexts = (bundle: string): (string | undefined)[] | undefined => {
  try {
    const { entry }: BundleLike = parseKeepingDigits(bundle)
    return Array.isArray(entry) ? entry.map((one) => JSON.stringify(one?.resource)) : []
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

interface BundleLike {
  resourceType?: unknown
  entry?: ({ resource?: unknown } | null)[]
}

const isBundle = (value: unknown): value is BundleLike =>
  typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === 'Bundle'

const parse = (text: string): { value: unknown } | { error: string } => {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const decode = decoder()
  let rest = ''
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    const text = decode.decode(chunk, { stream: true })
    if (!text.includes('\n')) {
      rest += text
      continue
    }
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest + decode.decode()
}

/** Refuses what is not UTF-8, rather than put a replacement character into someone's name. */
const decoder = () => new TextDecoder('utf-8', { fatal: true })
