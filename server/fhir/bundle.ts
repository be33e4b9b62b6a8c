import type { Page } from './source.ts'

interface BundleLinks {
  readonly self: string
  readonly next?: string
}

/**
 * A `searchset` Bundle. The stored JSON is joined as text: parsing and printing it again would cost more than the
 * search, and could change a decimal.
 */
export const bundleText = (
  base: string,
  type: string,
  { total, resources }: Pick<Page, 'total' | 'resources'>,
  links: BundleLinks,
): string => {
  const link = Object.entries(links).map(([relation, url]) => ({ relation, url }))
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link }).slice(0, -1)
  // R4 forbids empty arrays.
  if (resources.length === 0) return `${head}}`
  const entries = resources.map(
    ({ id, json }) =>
      `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":${json},"search":{"mode":"match"}}`,
  )
  return `${head},"entry":[${entries.join(',')}]}`
}
