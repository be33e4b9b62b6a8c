import type { Brand } from '../messages/brands.ts'
import { ProblemError } from '../messages/errors.ts'
import { readableName } from '../messages/readable.ts'
import { requireFhirBase } from './address.ts'
import { type Json, objects } from './metadata.ts'

const most = 5000
const deepest = 5
const longestName = 200

/**
 * The organizations of a Brands bundle that can be signed in to: those with an active FHIR endpoint, their own or that of the
 * organization they are part of. What cannot be used is left out. Throws `not-brands`.
 */
export const readBrands = (bundle: Json): Brand[] => {
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
  return entries
    .filter(({ resource }) => resource.resourceType === 'Organization')
    .flatMap(({ resource }) => toBrands(resource, find))
    .slice(0, most)
}

type Find = (reference: unknown) => Json | undefined

const toBrands = (organization: Json, find: Find): Brand[] => {
  const name = text(organization.name)
  if (!name) return []
  const place = placeOf(organization)
  const { portal, bases } = accessOf(organization, find, deepest)
  return bases.map((fhirBase) => ({ name, ...(place && { place }), ...(portal && { portal }), fhirBase }))
}

/** A facility is reached the way the organization it belongs to is. */
const accessOf = (
  organization: Json,
  find: Find,
  depth: number,
): { portal: Brand['portal']; bases: string[] } => {
  const portals = objects(organization.extension)
    .filter(({ url }) => String(url).endsWith('/organization-portal'))
    .map(({ extension }) => objects(extension))
  const references = [
    ...objects(organization.endpoint),
    ...portals
      .flat()
      .flatMap(({ url, valueReference }) => (url === 'portalEndpoint' ? [valueReference] : [])),
  ]
  const bases = new Set(references.flatMap((reference) => baseOf(find(reference)) ?? []))
  const parent = depth > 0 && bases.size === 0 ? find(organization.partOf) : undefined
  const inherited = parent && accessOf(parent, find, depth - 1)
  return {
    portal: portals.map(portalOf).find((portal) => portal !== undefined) ?? inherited?.portal,
    bases: inherited ? inherited.bases : [...bases],
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
  const address = URL.parse(String(part('portalUrl').valueUrl))?.href
  if (!address?.startsWith('https:')) return undefined
  return { name: text(part('portalName').valueString) ?? new URL(address).host, address }
}

const placeOf = ({ address }: Json): string | undefined => {
  const { city, state, country } = objects(address)[0] ?? {}
  return [city, state, country].flatMap((part) => text(part) ?? []).join(', ') || undefined
}

const text = (value: unknown): string | undefined =>
  (typeof value === 'string' && readableName(value, longestName)) || undefined
