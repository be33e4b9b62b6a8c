import type { Brand, BrandMatches } from '../messages/brands.ts'
import { ProblemError } from '../messages/errors.ts'
import { inAscii, requireAddress } from '../net/address.ts'
import { type Asking, beginAsking, signalFor } from '../net/asking.ts'
import { boundedFetch, readText } from '../net/http.ts'
import { parseInPieces } from '../net/long-work.ts'
import { items } from '../storage/items.ts'
import { readBrands } from './read-brands.ts'

/** The most results that are shown for one search. */
export const mostShown = 20
/** A list with longer JSON, in UTF-16 units, is not kept but fetched for each search. */
export const longestList = 1_000_000

/**
 * Searches a Brands bundle for organizations whose name or place contains every word. Each search revalidates the kept bundle by
 * its ETag.
 *
 * @throws ProblemError `not-brands`, and for a bad address or a failed request.
 */
export const searchBrands = async (
  { url, text }: { url: string; text: string },
  signal?: AbortSignal,
): Promise<BrandMatches> => {
  const matches = matching(
    await load(requireAddress(inAscii(url), 'url'), beginAsking('brands', signal)),
    text,
  )
  return { brands: matches.slice(0, mostShown), total: matches.length }
}

/** Returns the organizations whose name or place contains every word. */
export const matching = (brands: Brand[], text: string): Brand[] => {
  const words = fold(text)
    .split(/\s+/)
    .filter((word) => word !== '')
  return brands.filter(({ name, place = '' }) => {
    const nameAndPlace = fold(`${name} ${place}`)
    return words.every((word) => nameAndPlace.includes(word))
  })
}

const load = async ({ href: address, host }: URL, asking: Asking): Promise<Brand[]> => {
  const cached = await items.brands.get()
  const cachedList = cached?.address === address ? cached : undefined
  const headers = {
    accept: 'application/fhir+json, application/json',
    ...(cachedList && { 'if-none-match': cachedList.etag }),
  }
  const response = await boundedFetch(address, { headers }, asking)
  if (response.status === 304 && cachedList) return cachedList.brands
  if (!response.ok) {
    await response.body?.cancel()
    throw new ProblemError(response.status >= 500 ? 'server-failed' : 'not-brands')
  }
  const signal = signalFor(asking)
  const bundle = Object(await parseInPieces(await readText(response), host, JSON.parse, signal))
  const brands = await readBrands(bundle, signal)
  const etag = response.headers.get('etag')
  const isKept = etag && JSON.stringify(brands).length <= longestList
  // The search works even when there is no room to keep the list.
  await (isKept ? items.brands.set({ address, etag, brands }) : items.brands.remove()).catch(() =>
    items.brands.remove(),
  )
  return brands
}

/** Removes case and accents, which make no difference to a search. */
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
