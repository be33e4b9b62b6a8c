import type { Access, AccessKind } from '../../audit/access.ts'
import { FhirError } from '../../fhir-error.ts'
import { agentOf, holderOf, recordOf } from '../../grants/agent.ts'
import { loggedNames, loggedPath, loggedQuery } from '../logged-query.ts'
import type { Exchange } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import type { FhirReply } from './reply.ts'

/**
 * Returns the accesses that the log records of a request: the agent, the request, and how it ended. There is one for each patient
 * concerned, with only what concerns them, or one about nobody. A refusal concerns the patient whose record the token is for, also if
 * its key was not proven. A batch is logged by its entries.
 */
export const accessesOf = (
  exchange: Exchange,
  outcome: Pick<FhirReply, 'status'> | FhirError,
): readonly Access[] => {
  if (exchange.entries) return exchange.entries
  const { authorization, held } = exchange
  const { id, address, interaction } = exchange.request
  const isRefused = outcome.status >= 400
  const token = authorization ?? held
  const tried = isRefused && token ? recordOf(token) : undefined
  const patients = new Set([
    ...exchange.concerned.flatMap((concerned) => concerned.patients),
    ...(tried === undefined ? [] : [tried]),
  ])
  return [...(patients.size > 0 ? patients : [undefined])].map((patient) => ({
    kind: KIND[interaction.kind],
    requestId: id,
    outcome: isRefused ? (outcome.status < 500 ? 'refused' : 'failed') : 'success',
    ...(outcome instanceof FhirError && { reason: outcome.code }),
    agent: authorization ? agentOf(address, authorization) : holderOf(address, held),
    patients: patient === undefined ? [] : [patient],
    ...entityOrQueryOf(exchange, patient),
  }))
}

const KIND: Record<Interaction['kind'], AccessKind> = {
  read: 'read',
  search: 'search',
  everything: 'search',
  batch: 'other',
  metadata: 'other',
  other: 'other',
}

/** Returns the entity or query of the request, as far as it concerns this patient and nobody else. */
const entityOrQueryOf = (
  { request, usedParameters, concerned }: Exchange,
  patient: string | undefined,
): Pick<Access, 'entity' | 'query'> => {
  const { interaction, path, search } = request
  if (interaction.kind === 'read') {
    const entity = `${interaction.type}/${interaction.id}`
    const owners = concerned.flatMap((each) => each.owners ?? [])
    // A resource that only names the patient may be somebody else's, and so may one that was asked for in vain.
    const isOwn = patient === undefined || owners.includes(patient) || entity === `Patient/${patient}`
    if (isOwn) return { entity }
    return owners.length > 0 ? {} : { query: loggedPath(path) }
  }
  const isOwnRecord = interaction.kind === 'everything' && interaction.id === patient
  const entryPath = isOwnRecord ? path : loggedPath(path)
  if (usedParameters) return { query: entryPath + loggedQuery(usedParameters, concerned, patient) }
  return { query: entryPath + (interaction.kind === 'search' ? loggedNames(interaction.type, search) : '') }
}
