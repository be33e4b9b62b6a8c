import { requireUrl } from '../../values/parse-address.ts'
import type { Json } from '../auth/provider/metadata.ts'
import { allows, findPolicy } from '../auth/provider/policy.ts'
import { labelsOf } from '../auth/provider/provider-labels.ts'
import type { KnownProvider, Providers } from '../auth/provider/providers.ts'
import type { Brand, FoundOrganizations } from '../messages/brands.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Input } from '../messages/protocol.ts'
import { spellingOf } from '../net/address.ts'
import { items } from '../storage/items.ts'
import { autoscan } from './autoscan.ts'
import { matching, mostShown } from './fetch-brands.ts'
import { readBrands } from './read-brands.ts'

/** The Brands bundle of this build; filled in by `vite.config.ts`. */
declare const __KNOWN_DIRECTORY__: Json

/**
 * Returns a function that finds the organizations a person can sign in to: by name and place in the directory of this build, in the
 * list that was searched last and among the providers that are already here; or the one at a web address. Only the latter sends
 * anything. Leaves out organizations that the policy does not allow.
 *
 * @throws ProblemError `policy-forbids` for an address, and what `autoscan` throws.
 */
export const createFindOrganizations = (
  providers: Providers,
): ((input: Input<'find-organizations'>) => Promise<FoundOrganizations>) => {
  let directory: Promise<Brand[]> | undefined
  return async ({ text, address }) => {
    directory ??= readBrands(__KNOWN_DIRECTORY__)
    const policy = await findPolicy()
    const ownBrands = (await providers.list()).map(toBrand)
    const listedBrands = [...(await directory), ...((await items.brands.get())?.brands ?? [])]
    const all = [...listedBrands, ...ownBrands.filter((each) => !listedBrands.some(isAt(each.fhirBase)))]
    const matches = address === undefined ? matching(all, text) : [await scanned(address, all)]
    const allowedMatches = matches.filter(({ fhirBase }) => allows(policy, fhirBase))
    if (address !== undefined && allowedMatches.length === 0) throw new ProblemError('policy-forbids')
    const different = [...new Map(allowedMatches.map((brand) => [keyOf(brand), brand])).values()]
    const firstMatches = different.slice(0, mostShown)
    const labels = labelsOf(
      [...firstMatches, ...ownBrands.filter((each) => !firstMatches.some(isAt(each.fhirBase)))].map(
        (brand) => ({
          ...brand,
          id: keyOf(brand),
          clientId: brand.place ?? '',
        }),
      ),
    )
    return {
      organizations: firstMatches.map((brand) => ({
        ...brand,
        label: labels.get(keyOf(brand)) ?? brand.name,
      })),
      total: different.length,
    }
  }
}

const scanned = async (address: string, brands: Brand[]): Promise<Brand> => {
  const { fhirBase, name = requireUrl(fhirBase).host } = await autoscan(address)
  return brands.find(isAt(fhirBase)) ?? { name, fhirBase }
}

const isAt = (fhirBase: string) => {
  const spelling = spellingOf(fhirBase)
  return (brand: Pick<Brand, 'fhirBase'>): boolean => brand.fhirBase === spelling
}

const toBrand = ({ configuredName: name, fhirBase }: KnownProvider): Brand => ({
  name,
  fhirBase: spellingOf(fhirBase),
})

const keyOf = ({ name, place = '', fhirBase }: Brand): string => JSON.stringify([name, place, fhirBase])
