import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { readableName } from '../../values/readable-name.ts'
import { type Json, objects } from '../auth/provider/metadata.ts'
import type { Brand } from '../messages/brands.ts'
import { ProblemError } from '../messages/errors.ts'
import { requireFhirBase } from '../net/address.ts'
import { createTurns } from '../net/long-work.ts'

const mostBrands = 5000
/**
 * The most endpoints and portals of one organization. Without this limit, 5,000 organizations could be part of one that names
 * very many.
 */
const mostEach = 100
const deepestParent = 5
const longestName = 200

/**
 * Returns the organizations of a Brands bundle that a person can sign in to: those with an active FHIR endpoint, their own or
 * that of the organization they are part of. Leaves out unusable ones, and lets other work run between two organizations.
 *
 * @throws ProblemError `not-brands`, and why the signal was aborted.
 */
export const readBrands = async (bundle: Json, signal?: AbortSignal): Promise<Brand[]> => {
  if (bundle.resourceType !== 'Bundle') throw new ProblemError('not-brands')
  const entries = objects(bundle.entry).map(({ fullUrl, resource }) => ({
    fullUrl,
    resource: Object(resource) as Json,
  }))
  const byReference = new Map<string, Json>()
  for (const { fullUrl, resource } of entries) {
    if (typeof fullUrl === 'string') byReference.set(fullUrl, resource)
    byReference.set(`${resource.resourceType}/${resource.id}`, resource)
  }
  const find = (reference: unknown): Json | undefined => byReference.get(String(Object(reference).reference))
  const giveWay = createTurns(signal)
  const accessOf = createAccess(find)
  const brands: Brand[] = []
  for (const { resource } of entries) {
    if (brands.length >= mostBrands) break
    await giveWay()
    if (resource.resourceType === 'Organization') brands.push(...toBrands(resource, accessOf))
  }
  return brands.slice(0, mostBrands)
}

interface BrandAccess {
  portal: Brand['portal']
  bases: string[]
}
type AccessOf = (organization: Json) => BrandAccess
type FindResource = (reference: unknown) => Json | undefined

const toBrands = (organization: Json, accessOf: AccessOf): Brand[] => {
  const name = text(organization.name)
  if (!name) return []
  const place = placeOf(organization)
  const { portal, bases } = accessOf(organization)
  return bases.map((fhirBase) => ({ name, ...(place && { place }), ...(portal && { portal }), fhirBase }))
}

/**
 * Returns a function that finds how an organization is reached: as it states itself, or as the one it is part of. Reads each
 * organization once, because many facilities may belong to it.
 */
const createAccess = (find: FindResource): AccessOf => {
  const accessOf = new Map<Json, BrandAccess>()
  const ownOf = (organization: Json): BrandAccess => {
    const own = accessOf.get(organization) ?? ownAccessOf(organization, find)
    accessOf.set(organization, own)
    return own
  }
  return (organization) => {
    let { portal, bases } = ownOf(organization)
    let parent = find(organization.partOf)
    for (let depth = 0; parent && bases.length === 0 && depth < deepestParent; depth++) {
      const parentAccess = ownOf(parent)
      portal ??= parentAccess.portal
      bases = parentAccess.bases
      parent = find(parent.partOf)
    }
    return { portal, bases }
  }
}

const ownAccessOf = (organization: Json, find: FindResource): BrandAccess => {
  const portals = objects(organization.extension)
    .filter(({ url }) => String(url).endsWith('/organization-portal'))
    .slice(0, mostEach)
    .map(({ extension }) => objects(extension).slice(0, mostEach))
  const references = [
    ...objects(organization.endpoint),
    ...portals
      .flat()
      .flatMap(({ url, valueReference }) => (url === 'portalEndpoint' ? [valueReference] : [])),
  ].slice(0, mostEach)
  return {
    portal: portals.map(portalOf).find((portal) => portal !== undefined),
    bases: [...new Set(references.flatMap((reference) => baseOf(find(reference)) ?? []))],
  }
}

const baseOf = (endpoint: Json | undefined): string | undefined => {
  if (endpoint?.resourceType !== 'Endpoint' || endpoint.status !== 'active') return undefined
  if (Object(endpoint.connectionType).code !== 'hl7-fhir-rest') return undefined
  try {
    return requireFhirBase(String(endpoint.address))
  } catch {
    return undefined
  }
}

const portalOf = (parts: Json[]): Brand['portal'] => {
  const part = (name: string) => parts.find(({ url }) => url === name) ?? {}
  const address = parseAddress(String(part('portalUrl').valueUrl))?.href
  if (!address?.startsWith('https:')) return undefined
  return { name: text(part('portalName').valueString) ?? requireUrl(address).host, address }
}

const placeOf = ({ address }: Json): string | undefined => {
  const { city, state, country } = objects(address)[0] ?? {}
  return [city, state, country].flatMap((part) => text(part) ?? []).join(', ') || undefined
}

const text = (value: unknown): string | undefined =>
  (typeof value === 'string' && readableName(value, longestName)) || undefined
