import type { Brand, BrandMatches } from '../messages/brands.ts'
import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { requireAddress } from './address.ts'
import { boundedFetch, readText } from './http.ts'
import type { Json } from './metadata.ts'
import { readBrands } from './read-brands.ts'

const shown = 20

/**
 * Searches a Brands bundle for organizations whose name or place holds every word. The bundle is asked for each time and sent
 * again only when it changed (its ETag). Throws `not-brands`, the faults of an address, and what the network gave.
 */
export const searchBrands = async ({ url, text }: { url: string; text: string }): Promise<BrandMatches> => {
  const words = fold(text)
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = (await load(requireAddress(url, 'url').href)).filter(({ name, place = '' }) => {
    const said = fold(`${name} ${place}`)
    return words.every((word) => said.includes(word))
  })
  return { brands: found.slice(0, shown), total: found.length }
}

const load = async (address: string): Promise<Brand[]> => {
  const cached = await items.brands.get()
  const known = cached?.address === address ? cached : undefined
  const response = await boundedFetch(address, {
    headers: {
      accept: 'application/fhir+json, application/json',
      ...(known && { 'if-none-match': known.etag }),
    },
  })
  if (response.status === 304 && known) return known.brands
  if (!response.ok) {
    await response.body?.cancel()
    throw new ProblemError(response.status >= 500 ? 'server-failed' : 'not-brands')
  }
  const brands = readBrands(parse(await readText(response)))
  const etag = response.headers.get('etag')
  if (etag) await items.brands.set({ address, etag, brands })
  return brands
}

const parse = (text: string): Json => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Case and accents make no difference to whoever looks for a name. */
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
