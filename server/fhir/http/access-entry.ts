import type { AccessKind } from '../../../values/access-kinds.ts'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import { LONGEST_SEARCH, shortenSearch } from '../../audit/entry/entry-limits.ts'
import { FhirError } from '../../fhir-error.ts'
import { accessWithToken } from '../../grants/agent.ts'
import { loggedNames, loggedPath } from '../log/logged-query.ts'
import { type LoggedRequest, partFor } from '../log/logged-request.ts'
import type { Exchange } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import type { FhirReply } from './reply.ts'

/**
 * Returns the accesses that the log records of a request: the agent, the request, and how it ended. There is one for each patient
 * concerned, with only what concerns them, or one about nobody. A refusal concerns the patient whose record the token is for, also if
 * its key was not proven. A batch is logged by its entries, which end as it does if it is refused as a whole.
 */
export const accessesOf = (
  exchange: Exchange,
  outcome: Pick<FhirReply, 'status'> | FhirError,
): readonly LoggedAccess[] => {
  const isRefused = outcome.status >= 400
  const end = {
    outcome: isRefused ? (outcome.status < 500 ? 'refused' : 'failed') : 'success',
    ...(outcome instanceof FhirError && { reason: outcome.code }),
  } as const
  // A batch may be refused after its entries were answered: then nothing of them is sent.
  if (exchange.entries)
    return isRefused ? exchange.entries.map((entry) => ({ ...entry, ...end })) : exchange.entries
  const { id, address, interaction } = exchange.request
  const { agent, patients: tried } = accessWithToken(address, exchange, isRefused)
  const patients = new Set([...exchange.concerned.flatMap((concerned) => concerned.patients), ...tried])
  const request = loggedRequestOf(exchange)
  const most = Math.min(LONGEST_SEARCH, SEARCHES_OF_REQUEST / patients.size)
  return [...(patients.size > 0 ? patients : [undefined])].map((patient) => ({
    kind: KIND[interaction.kind],
    requestId: id,
    ...end,
    agent,
    patients: patient === undefined ? [] : [patient],
    ...shorten(partFor(patient, request, exchange.concerned), most),
  }))
}

/** The most bytes that all entries of one request keep of its search, because hundreds of them wait in memory together. */
const SEARCHES_OF_REQUEST = 500_000

const shorten = ({ entity, query }: Pick<LoggedAccess, 'entity' | 'query'>, most: number) => ({
  ...(entity !== undefined && { entity }),
  ...(query !== undefined && { query: shortenSearch(query, most) }),
})

/** What an access holds in memory besides its search, in characters, until its entry is written. */
const ACCESS_SIZE = 1_000

export const sizeOfAccess = ({ query = '' }: LoggedAccess): number => ACCESS_SIZE + query.length

const KIND: Record<Interaction['kind'], AccessKind> = {
  read: 'read',
  search: 'search',
  everything: 'search',
  batch: 'other',
  metadata: 'other',
  other: 'other',
}

/** Returns the request as its entries keep it. */
const loggedRequestOf = ({ request, query, concerned }: Exchange): LoggedRequest => {
  const { interaction, path, search } = request
  if (interaction.kind === 'read') {
    const owners = concerned.flatMap((each) => each.owners ?? [])
    return { kind: 'read', entity: `${interaction.type}/${interaction.id}`, owners }
  }
  const names = interaction.kind === 'search' && !query ? loggedNames(interaction.type, search) : ''
  return {
    kind: 'search',
    path: { own: path + names, other: loggedPath(path) + names },
    ...(interaction.kind === 'everything' && { record: interaction.id }),
    ...(query && { query }),
  }
}
