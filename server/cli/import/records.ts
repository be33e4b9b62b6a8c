import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parseKeepingDigits } from '../../fhir/index/resource-text.ts'
import { isObject } from '../../query/json-path.ts'
import { type BundleScope, readEntries } from './bundle-scope.ts'

/** A resource as read from a file, not checked yet. */
export interface SourceRecord {
  readonly resource: unknown
  /** The resource as JSON, every number written as in the file: 1.10 stays 1.10. */
  readonly text: string
  /** The place in the file, unless the resource is the whole file: `line 3`, `entry 12`. */
  readonly place?: string
  /** The Bundle that contains it. */
  readonly scope?: BundleScope
  /** `[base]` of its own `fullUrl`, which its relative references are relative to. */
  readonly base?: string
  /** Why this entry is refused, regardless of its content. */
  readonly refusal?: string
}

/** A file or line that is not JSON. The rest of an NDJSON file is still read. */
interface Unreadable {
  readonly unreadable: string
}

/**
 * The most bytes of a line, and of a file that is one JSON text, unpacked. A Bundle is read as a whole, because its references may name any
 * of its entries; that takes about fourteen times its size in memory.
 */
export const LARGEST = 100_000_000

/** A line, or a JSON text, that is larger than `LARGEST`. */
export class TooLarge extends Error {}

/** A JSON text of a file: a line of NDJSON, or the whole file. */
export interface SourceText {
  readonly text: string
  /** `line 3`; absent if the text is the whole file. */
  readonly place?: string
  /** The text parsed, if that was needed to read the file. */
  readonly value?: unknown
}

/**
 * Yields every resource of a file. The file holds one resource, one Bundle (each `entry.resource`, whatever its type), or NDJSON of
 * either, which is read as a stream, one line at a time. It may be packed with gzip (`.gz`).
 *
 * @throws TooLarge, or an error of the file system when the file cannot be read.
 */
export async function* recordsOf(file: string): AsyncGenerator<SourceRecord | Unreadable> {
  for await (const texts of textsOf(file)) for (const text of texts) yield* recordsIn(text)
}

/** Yields the texts of a file, as many at a time as one read of the file returns. @throws as `recordsOf` */
export async function* textsOf(file: string): AsyncGenerator<SourceText[]> {
  let number = 0
  let streaming = false
  for await (const lines of linesOf(file)) {
    const texts: SourceText[] = []
    for (const text of lines) {
      number++
      if (text.trim() === '') continue
      const first = streaming ? undefined : parse(text)
      if (first && 'error' in first) {
        // A pretty-printed file, because its first line alone is not JSON.
        yield [{ text: await wholeFile(file) }]
        return
      }
      streaming = true
      texts.push({ text, place: `line ${number}`, ...first })
    }
    yield texts
  }
  if (!streaming) yield [{ text: '' }]
}

const wholeFile = async (file: string): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of chunksOf(file)) {
    size += chunk.length
    if (size > LARGEST) throw new TooLarge()
    chunks.push(chunk)
  }
  return decoder().decode(Buffer.concat(chunks))
}

/** Yields the bytes of a file, unpacked if its name ends with `.gz`. */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const packed = createReadStream(file, { highWaterMark: 1 << 16 })
  if (!file.endsWith('.gz')) return yield* packed
  const unpacked = createGunzip({ chunkSize: 1 << 16 })
  // Whoever stops reading closes the file as well; an error of either comes out of what is read.
  pipeline(packed, unpacked, () => undefined)
  yield* unpacked
}

/** Yields the resources of a text. */
export function* recordsIn(source: SourceText): Generator<SourceRecord | Unreadable> {
  const { text, place } = source
  if (text === '') {
    yield { unreadable: 'the file is empty' }
    return
  }
  const parsed = 'value' in source ? source : parse(text)
  if ('error' in parsed) {
    yield { unreadable: `${place ?? 'it'} is not JSON (${parsed.error})` }
    return
  }
  const { value } = parsed
  if (!isBundle(value)) {
    yield { resource: value, text, ...(place && { place }) }
    return
  }
  const bundle = readBundle(value, text)
  if (!bundle) {
    yield { unreadable: `${place ? `the Bundle in ${place}` : 'the Bundle'} is nested too deeply to be read` }
    return
  }
  for (const [index, { entry, resource, text }] of bundle.resources.entries()) {
    const within = `entry ${index + 1}`
    yield {
      resource,
      text,
      place: place ? `${place}, ${within}` : within,
      scope: bundle.scope,
      ...(entry?.base && { base: entry.base }),
      ...(entry?.refusal && { refusal: entry.refusal }),
    }
  }
}

/** Returns the resources of a Bundle with their texts, numbers as written; `undefined` if it is nested too deeply. */
const readBundle = (bundle: BundleLike, text: string) => {
  try {
    const entryTexts = entriesOf(bundle)
    const { scope, entries } = readEntries(entryTexts)
    const exact = entriesOf(parseKeepingDigits(text))
    const resources = entries.map((entry, index) => {
      const resource = exact[index]?.resource
      // Copies the id that `readEntries` gave to a resource without one.
      if (entry && isObject(resource) && entry.resource.id !== undefined) resource.id = entry.resource.id
      return { entry, resource: entryTexts[index]?.resource, text: JSON.stringify(resource) ?? '' }
    })
    return { scope, resources }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const entriesOf = ({ entry }: BundleLike) => (Array.isArray(entry) ? entry : [])

interface BundleLike {
  resourceType?: unknown
  entry?: ({ resource?: unknown } | null)[]
}

const isBundle = (value: unknown): value is BundleLike => isObject(value) && value.resourceType === 'Bundle'

const parse = (text: string): { value: unknown } | { error: string } => {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** Yields the lines that end in one read of the file. */
async function* linesOf(file: string): AsyncGenerator<string[]> {
  const decode = decoder()
  let rest = ''
  for await (const chunk of chunksOf(file)) {
    const text = decode.decode(chunk, { stream: true })
    if (!text.includes('\n')) {
      rest += text
      if (rest.length > LARGEST) throw new TooLarge()
      continue
    }
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield lines
  }
  yield [rest + decode.decode()]
}

/** Refuses invalid UTF-8, because a replacement character could end up in a person's name. */
const decoder = () => new TextDecoder('utf-8', { fatal: true })
