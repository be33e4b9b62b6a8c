import { STATUS_CODES } from 'node:http'
import type { FhirReply } from './reply.ts'
import type { Page, PageEntry } from './source.ts'

interface BundleLinks {
  readonly self: string
  readonly next?: string
}

/**
 * A `searchset` Bundle. The stored JSON is joined as text: parsing and printing it again would cost more than the
 * search, and could change a decimal.
 *
 * @param notes OperationOutcomes about the page, as text.
 */
export const bundleText = (
  base: string,
  { total, resources, included = [] }: Pick<Page, 'total' | 'resources' | 'included'>,
  links: BundleLinks,
  notes: readonly string[] = [],
): string => {
  const link = Object.entries(links).map(([relation, url]) => ({ relation, url }))
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link }).slice(0, -1)
  const entry =
    (mode: 'match' | 'include') =>
    ({ type, id, json }: PageEntry): string =>
      `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":${json},"search":{"mode":"${mode}"}}`
  const entries = [
    ...resources.map(entry('match')),
    ...included.map(entry('include')),
    ...notes.map((outcome) => `{"resource":${outcome},"search":{"mode":"outcome"}}`),
  ]
  // R4 forbids empty arrays.
  return entries.length === 0 ? `${head}}` : `${head},"entry":[${entries.join(',')}]}`
}

/** The answer to one entry of a batch. */
export interface BatchAnswer extends FhirReply {
  /** Of the resource that was read. */
  readonly fullUrl?: string
}

/** A `batch-response` Bundle, its entries in the order they were asked in. */
export const batchResponseText = (answers: readonly BatchAnswer[]): string => {
  const head = '{"resourceType":"Bundle","type":"batch-response"'
  return answers.length === 0 ? `${head}}` : `${head},"entry":[${answers.map(batchEntry).join(',')}]}`
}

const batchEntry = ({ status, headers, body, fullUrl }: BatchAnswer): string => {
  const { etag, 'last-modified': lastModified } = headers
  const response = JSON.stringify({
    status: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified: new Date(lastModified).toISOString() }),
  })
  if (body === '') return `{"response":${response}}`
  if (status >= 400) return `{"response":${response.slice(0, -1)},"outcome":${body}}}`
  const address = fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`
  return `{${address}"resource":${body},"response":${response}}`
}
