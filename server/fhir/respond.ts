import type { Readable } from 'node:stream'
import { type Clock, type Config, fhirBase } from '../config.ts'
import type { Authorization } from '../oauth/token/authorization.ts'
import type { PresentedToken } from '../oauth/token/presented-token.ts'
import type { Store } from '../store/store.ts'
import { type Action, decide, type Reach } from './access.ts'
import { requireAuthorization } from './authenticate.ts'
import { badRequest, forbidden, notFound } from './fhir-error.ts'
import type { Interaction } from './interaction.ts'
import { requireJson } from './negotiate.ts'
import { respondToSearch } from './respond-to-search.ts'
import type { ResourceSource } from './source.ts'

export interface FhirDeps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  /** Seals page links; shared by every process of the organization. */
  readonly pageKey: Uint8Array
}

export interface FhirRequest {
  readonly id: string
  /** The network address it came from. */
  readonly address: string
  readonly interaction: Interaction
  /** Below the FHIR base, as it was sent. */
  readonly path: string
  /** The query string as it was sent, without "?". */
  readonly search: string
  readonly method: string
  readonly authorization: string | undefined
  /** The proof that comes with a bound token (RFC 9449). */
  readonly dpop: string | undefined
  readonly accept: string | undefined
  readonly prefer: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly contentType: string | undefined
  readonly body: Readable | undefined
}

export interface FhirReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the access log needs to know of a request; filled in as it becomes known, so that a refusal is logged as well. */
export interface Trail {
  authorization?: Authorization
  patients?: readonly string[]
  /** The form of a POST `_search`. */
  form?: string
}

/** Someone who may, and how far. */
export interface Permission {
  readonly authorization: Authorization
  readonly reach: Reach
}

/**
 * The answer to a request, in the order that matters: who asks, what for, whether they may, and only then how.
 *
 * @throws FhirError
 */
export const respond = async (
  request: FhirRequest,
  deps: FhirDeps & { source: ResourceSource },
  trail: Trail,
): Promise<FhirReply> => {
  const { interaction } = request
  const authorization = await requireAuthorization(deps.store, presented(request, deps.config), deps.clock())
  trail.authorization = authorization
  const parameters = new URLSearchParams(request.search)
  // RFC 6750 section 2.3: an address ends up in logs and histories.
  if (parameters.has('access_token')) throw badRequest('A token is taken from the Authorization header only.')
  if (interaction.kind === 'other') throw interaction.error
  if (interaction.kind === 'metadata') throw notFound()

  const permission = requirePermission(
    authorization,
    interaction.type,
    interaction.kind === 'read' ? 'r' : 's',
  )
  requireJson(request.accept, parameters.get('_format'))
  return interaction.kind === 'read'
    ? respondToRead(request, interaction, permission, deps.source, trail)
    : respondToSearch(
        request,
        interaction,
        parameters,
        permission,
        { ...deps, base: fhirBase(deps.config) },
        trail,
      )
}

const presented = ({ method, path, authorization, dpop }: FhirRequest, config: Config): PresentedToken => {
  const base = fhirBase(config)
  return { method, authorization, dpop, url: path === '' ? base : `${base}/${path}` }
}

const REFUSALS = {
  insufficient_scope: 'The granted scopes do not cover this.',
  no_patient: 'No patient was chosen at sign-in, so patient/ scopes reach nothing.',
  role: 'This is not for a person of your role to read.',
}

const requirePermission = (authorization: Authorization, type: string, action: Action): Permission => {
  const decision = decide(authorization, type, action)
  if (!decision.allowed) throw forbidden(decision.reason, REFUSALS[decision.reason])
  return { authorization, reach: decision.reach }
}

const respondToRead = async (
  { ifNoneMatch }: FhirRequest,
  { type, id }: Interaction & { kind: 'read' },
  { reach }: Permission,
  source: ResourceSource,
  trail: Trail,
): Promise<FhirReply> => {
  const resource = await source.read(type, id, reach)
  if (!resource) throw notFound()
  trail.patients = resource.patients
  const etag = `W/"${resource.version}"`
  const headers = { etag, 'last-modified': new Date(resource.lastUpdated).toUTCString() }
  const known = ifNoneMatch?.split(',').some((tag) => tag.trim() === etag)
  return known ? { status: 304, headers, body: '' } : { status: 200, headers, body: resource.json }
}
