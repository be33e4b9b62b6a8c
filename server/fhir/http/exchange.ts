import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import { badRequest, FhirError } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { type PresentedToken, requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'
import type { Query } from '../../query/query.ts'
import type { AnswerBudget, AnswerShare } from '../access/answer-budget.ts'
import type { Reach } from '../access/decide-access.ts'
import type { Trail } from '../access/disclosure.ts'
import type { PatientFeed, ResourceSource, SharedSource } from '../access/source.ts'
import type { Interaction } from './interaction.ts'

export interface FhirDeps extends RecordingDeps {
  /** Returns the key that seals page links now, which every process of the organization shares. */
  readonly pageKey: () => Uint8Array
  readonly source: SharedSource
  /** What all answers may hold in memory, the log's proofs included. */
  readonly budget: AnswerBudget
  /** Opens what fetches new readings for one request, where they come from another company. */
  readonly openFeed?: (() => PatientFeed) | undefined
}

/** Everything that is needed to answer requests. */
interface Answering extends FhirDeps {
  /** The FHIR base, `B/fhir`. */
  readonly base: string
  /** Returns what an error reveals, and reports the rest to the server's own log. */
  readonly toFhirError: (error: unknown) => FhirError
  readonly feed?: PatientFeed | undefined
  /** What this answer may hold in memory. */
  readonly share: AnswerShare
}

/** A request to the FHIR API, or an entry of a batch. */
export interface FhirRequest {
  readonly id: string
  /** Network address of the sender. */
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
}

/**
 * A request from its arrival to its answer. The fields for the access log are filled in as they become known, so that a refusal
 * is logged as well.
 */
export interface Exchange extends Trail {
  readonly request: FhirRequest
  /** Parameters of the query string; those of a posted form are added. */
  readonly parameters: URLSearchParams
  readonly answering: Answering
  authorization?: Authorization
  /** The token's, if its key was not proven. */
  held?: Authorization
  /** The search, as soon as it is understood. */
  query?: Pick<Query, 'type' | 'usedParameters'>
  /** The accesses of a batch's entries, which are logged instead of the batch. */
  entries?: readonly LoggedAccess[]
  /** One sentence for each part of the record that is missing here. */
  readonly missing: string[]
}

/** An allowed authorization, with its reach of the requested type, and where its resources come from. */
export interface Permission {
  readonly authorization: Authorization
  readonly reach: Reach
  readonly source: ResourceSource
}

export const exchangeOf = (
  request: FhirRequest,
  answering: Answering,
  authorization?: Authorization,
): Exchange => ({
  request,
  parameters: new URLSearchParams(request.search),
  answering,
  ...(authorization && { authorization }),
  concerned: [],
  missing: [],
})

/**
 * Returns the authorization that the presented token stands for, and notes it for the access log.
 *
 * @throws FhirError 401 when the token or its proof of possession is missing or not valid.
 */
export const requireAuthorization = async (
  exchange: Exchange,
  token: PresentedToken,
): Promise<Authorization> => {
  try {
    const { answering } = exchange
    exchange.authorization = await requirePresentedToken(answering, token, answering.clock())
    return exchange.authorization
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error
    const { code, message, challenge, held } = error
    if (held) exchange.held = held
    throw new FhirError(401, 'login', code, message, { 'www-authenticate': challenge })
  }
}

/** @throws FhirError 400 when a token is among the parameters, because an address ends up in logs and histories (RFC 6750, 2.3). */
export const requireNoToken = (parameters: URLSearchParams): void => {
  if (parameters.has('access_token')) throw badRequest('A token is taken from the Authorization header only.')
}
