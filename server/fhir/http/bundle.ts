import { STATUS_CODES } from 'node:http'
import { noteText } from '../../fhir-error.ts'
import { type Page, type PageEntry, type ResourceSource, textSize } from '../access/source.ts'
import { type Body, type FhirReply, heldBy, isLate, LARGEST_TEXT, sizeOf, textOf } from './reply.ts'

/** What a row whose text is read later holds in memory until then, in characters: 14 MB for 18,000 rows were measured. */
const LATE_ROW = 800

interface BundleLinks {
  readonly self: string
  readonly next?: string
}

/**
 * Returns a `searchset` Bundle. The stored JSON is joined as text, because parsing and printing it again would cost more than the
 * search and could change a decimal. A large Bundle is put together while it is sent.
 *
 * @param notes OperationOutcomes about the page, as text.
 * @param arrange turns a match's stored text into the text that is sent.
 */
export const bundleBody = (
  source: Pick<ResourceSource, 'streamTexts'>,
  base: string,
  page: BundledPage,
  links: BundleLinks,
  notes: readonly string[] = [],
  arrange?: (json: string) => string,
): Body => {
  const { resources, included = [] } = page
  const all = [...resources, ...included]
  const size = all.reduce((sum, one) => sum + textSize(one), 0)
  if (size < LARGEST_TEXT && all.every(({ json }) => typeof json === 'string')) {
    const arrangedResources = arrange && resources.map((one) => ({ ...one, json: arrange(String(one.json)) }))
    return bundleParts(base, { ...page, resources: arrangedResources ?? resources }, links, notes)
  }
  const matches = new Set(resources)
  return {
    size,
    // Texts are read one after another, so the largest stands for all.
    held:
      all.reduce((sum, { json }) => sum + (typeof json === 'string' ? json.length : LATE_ROW), 0) +
      all.reduce((most, { json }) => (typeof json === 'string' ? most : Math.max(most, json.size)), 0),
    async *pieces() {
      yield `${headOf(page, links)},"entry":[`
      let separator = ''
      for await (const [one, json] of source.streamTexts(all)) {
        const isMatch = matches.has(one)
        const text = json !== undefined && isMatch && arrange ? arrange(json) : json
        yield separator
        if (text === undefined) yield outcomeEntry(changedNote(one))
        // Not joined, which would copy a large text.
        else yield* [beforeText(base, one), text, afterText(isMatch)]
        separator = ','
      }
      yield `${notes.map((outcome) => `,${outcomeEntry(outcome)}`).join('')}]}`
    },
  }
}

/** Returns the parts of a Bundle whose texts have all been read. */
export const bundleParts = (
  base: string,
  page: BundledPage,
  links: BundleLinks,
  notes: readonly string[] = [],
): string[] => {
  const { resources, included = [] } = page
  const parts = [headOf(page, links)]
  let separator = ',"entry":['
  const add = (entry: PageEntry, isMatch: boolean) => {
    parts.push(separator + beforeText(base, entry), String(entry.json))
    separator = `${afterText(isMatch)},`
  }
  for (const entry of resources) add(entry, true)
  for (const entry of included) add(entry, false)
  for (const note of notes) {
    parts.push(separator + outcomeEntry(note))
    separator = ','
  }
  // R4 forbids empty arrays.
  parts.push(parts.length === 1 ? '}' : `${separator.slice(0, -1)}]}`)
  return parts
}

type BundledPage = Pick<Page, 'total' | 'resources' | 'included'>

const headOf = ({ total }: BundledPage, links: BundleLinks): string => {
  const link = Object.entries(links).map(([relation, url]) => ({ relation, url }))
  return JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link }).slice(0, -1)
}

const beforeText = (base: string, { type, id }: PageEntry): string =>
  `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":`

const afterText = (isMatch: boolean): string => `,"search":{"mode":"${isMatch ? 'match' : 'include'}"}}`

const outcomeEntry = (outcome: string): string => `{"resource":${outcome},"search":{"mode":"outcome"}}`

const changedNote = ({ type, id }: PageEntry): string =>
  noteText('transient', `${type}/${id} was changed while this page was sent. Ask for it again.`)

/** The answer to one entry of a batch. */
export interface BatchAnswer extends FhirReply {
  /** URL of the resource that was read. */
  readonly fullUrl?: string
}

/** Returns a `batch-response` Bundle, its entries in the order of the requests. */
export const batchResponseBody = (answers: readonly BatchAnswer[]): Body => {
  const head = '{"resourceType":"Bundle","type":"batch-response"'
  if (answers.length === 0) return `${head}}`
  const entries = answers.map(batchEntry)
  const size = answers.reduce((sum, { body }) => sum + sizeOf(body), 0)
  const texts =
    size < LARGEST_TEXT
      ? entries.flatMap(({ before, body, after }) => (isLate(body) ? [] : before + textOf(body) + after))
      : []
  if (texts.length === entries.length) return `${head},"entry":[${texts.join(',')}]}`
  return {
    size,
    held: answers.reduce((sum, { body }) => sum + heldBy(body), 0),
    async *pieces() {
      yield `${head},"entry":[`
      for (const [index, { before, body, after }] of entries.entries()) {
        yield index === 0 ? before : `,${before}`
        if (isLate(body)) yield* body.pieces()
        else yield textOf(body)
        yield after
      }
      yield ']}'
    },
  }
}

const batchEntry = ({ status, headers, lastModified, body, fullUrl }: BatchAnswer) => {
  const { etag } = headers
  const response = JSON.stringify({
    status: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified: new Date(lastModified).toISOString() }),
  })
  if (body === '') return { before: `{"response":${response}}`, body, after: '' }
  if (status >= 400) return { before: `{"response":${response.slice(0, -1)},"outcome":`, body, after: '}}' }
  const address = fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`
  return { before: `{${address}"resource":`, body, after: `,"response":${response}}` }
}
