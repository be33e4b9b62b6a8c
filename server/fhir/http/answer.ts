import { forbidden, notFound, notSupported } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { requireOnly } from '../../query/parse-query.ts'
import { type Action, decide, type Reach } from '../access/decide-access.ts'
import type { ResourceSource } from '../access/source.ts'
import { bringUpToDate } from './bring-up-to-date.ts'
import { type Exchange, type Permission, requireNoToken } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import { isLenient, requireJson } from './negotiate.ts'
import type { FhirReply } from './reply.ts'
import { respondToEverything } from './respond-to-everything.ts'
import { respondToSearch } from './respond-to-search.ts'

/** An interaction that the holder of the token may have, with the reach of their token. */
interface Permitted {
  readonly interaction: Extract<Interaction, { kind: 'read' | 'everything' | 'search' }>
  readonly permission: Permission
}

/**
 * Decides about one interaction of an authenticated caller, before its body is read. The order matters: first what is requested, then
 * whether it is allowed, and only then in which form. A single request and an entry of a batch both come here.
 *
 * @throws FhirError when the interaction is refused.
 */
export const permit = (
  { request, parameters }: Exchange,
  authorization: Authorization,
  source: ResourceSource,
): Permitted => {
  const { interaction } = request
  requireNoToken(parameters)
  if (interaction.kind === 'other') throw interaction.error
  if (interaction.kind === 'metadata' || interaction.kind === 'batch')
    throw notSupported('This is asked for by a request of its own.')
  const reach =
    interaction.kind === 'everything'
      ? requireReach(authorization, 'Patient', 'r')
      : requireReach(authorization, interaction.type, interaction.kind === 'read' ? 'r' : 's')
  requireJson(request.accept, parameters.get('_format'))
  return { interaction, permission: { authorization, reach, source } }
}

/**
 * Answers a permitted interaction.
 *
 * @param form what was posted, or nothing.
 * @throws FhirError when the interaction is refused.
 */
export const answer = (
  exchange: Exchange,
  { interaction, permission }: Permitted,
  form = '',
): Promise<FhirReply> => {
  switch (interaction.kind) {
    case 'read':
      return respondToRead(exchange, interaction, permission)
    case 'everything':
      return respondToEverything(exchange, interaction, permission)
    case 'search':
      return respondToSearch(exchange, interaction, permission, form)
  }
}

const REFUSALS = {
  insufficient_scope: 'The granted scopes do not cover this.',
  no_patient: 'No patient was chosen at sign-in, so patient/ scopes reach nothing.',
  role: 'This is not for a person of your role to read.',
}

const requireReach = (authorization: Authorization, type: string, action: Action): Reach => {
  const decision = decide(authorization, type, action)
  if (!decision.allowed) throw forbidden(decision.reason, REFUSALS[decision.reason])
  return decision.reach
}

const respondToRead = async (
  exchange: Exchange,
  { type, id }: Interaction & { kind: 'read' },
  { reach, source }: Permission,
): Promise<FhirReply> => {
  const { parameters, request } = exchange
  const { ifNoneMatch, prefer } = request
  requireOnly([], parameters, { strict: !isLenient(prefer) })
  const named = type === 'Patient' ? [id] : []
  await bringUpToDate(exchange, { type, reach, named, hasReadings: () => false })
  const resource = (await source.read(type, id, reach)).openFor(exchange)
  if (!resource) throw notFound()
  const { version, lastUpdated } = resource
  const etag = version === undefined ? undefined : `W/"${version}"`
  const headers = {
    ...(etag !== undefined && { etag }),
    ...(lastUpdated !== undefined && { 'last-modified': new Date(lastUpdated).toUTCString() }),
  }
  // RFC 9110, 13.1.2: weak comparison; "*" matches any version.
  const isUnchanged = ifNoneMatch
    ?.split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || (etag !== undefined && (tag === etag || tag === etag.slice('W/'.length))))
  const head = { headers, ...(lastUpdated !== undefined && { lastModified: lastUpdated }) }
  return isUnchanged ? { status: 304, ...head, body: '' } : { status: 200, ...head, body: resource.json }
}
