import type { Access, AccessAgent, AccessKind } from '../audit/access.ts'
import { fhirUser } from '../oauth/account/accounts.ts'
import type { Authorization } from '../oauth/token/authorization.ts'
import { FhirError } from './fhir-error.ts'
import type { Interaction } from './interaction.ts'
import { LONGEST_QUERY } from './parse-query.ts'
import type { FhirReply } from './reply.ts'
import type { FhirRequest, Trail } from './request.ts'

/** A batch stands in the log by its entries; a request by itself. */
export const accessesOf = (
  request: FhirRequest,
  trail: Trail,
  outcome: FhirReply | FhirError,
): readonly Access[] => trail.entries ?? [accessOf(request, trail, outcome)]

/** What the access log says of a request: who asked, for what, and how it ended. */
export const accessOf = (
  { id, address, interaction, path, search }: FhirRequest,
  { authorization, patients, form }: Trail,
  outcome: FhirReply | FhirError,
): Access => ({
  kind: KIND[interaction.kind],
  requestId: id,
  outcome: outcome.status < 400 ? 'success' : outcome.status < 500 ? 'refused' : 'failed',
  ...(outcome instanceof FhirError && { reason: outcome.code }),
  agent: agentOf(address, authorization),
  // A refused request showed nothing of anybody.
  patients: outcome instanceof FhirError ? [] : (patients ?? []),
  ...(interaction.kind === 'read' && { entity: `${interaction.type}/${interaction.id}` }),
  ...(interaction.kind !== 'read' && { query: rawQuery(path, search, form) }),
})

const KIND: Record<Interaction['kind'], AccessKind> = {
  read: 'read',
  search: 'search',
  everything: 'search',
  batch: 'other',
  metadata: 'other',
  other: 'other',
}

export const agentOf = (address: string, authorization: Authorization | undefined): AccessAgent => {
  if (!authorization) return { address }
  const { clientId, clientName, account, tokenRef } = authorization
  const user = account && fhirUser(account)
  return {
    address,
    clientId,
    clientName,
    ...(account && { accountId: account.id, accountName: account.name }),
    ...(user && { fhirUser: user }),
    tokenRef,
  }
}

/** As it was asked, but never a token, and no more of it than a search may be long. */
const rawQuery = (path: string, search: string, form = ''): string => {
  const asked = [search, form].filter((text) => text !== '').join('&')
  // Cut first: a form that was refused for its size is not read for its names either.
  const pairs = asked.slice(0, LONGEST_QUERY).split('&')
  const kept = pairs.filter((pair) => ![...new URLSearchParams(pair).keys()].some(namesToken))
  return `${path}${asked === '' ? '' : `?${kept.join('&')}`}`.slice(0, LONGEST_QUERY)
}

const namesToken = (name: string): boolean => /token/i.test(name)
