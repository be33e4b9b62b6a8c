import type { Unrevoked } from '../messages/state.ts'
import type { Sealed } from './vault.ts'

/** The addresses of the authorization server that gave the grant; later requests about it are sent nowhere else. */
export type Endpoints = {
  issuer: string
  token_endpoint: string
  revocation_endpoint?: string
  registration_endpoint?: string
  applications_endpoint?: string
  management_endpoint?: string
  access_log_endpoint?: string
}

export interface WaitingRevocation extends Sealed {
  /** When it was stored, and when the last try failed; milliseconds since 1970. The first try may still be under way. */
  since: number
  tried?: number
  /** The connection whose grant it is. */
  connectionId?: string
  /** When the session began that ended with this row: if the worker stops before memory forgets it too, the next one sees to it. */
  signedInAt?: number
  /** The grant ended by itself, so that its row does not say so meanwhile, nor a notice that a later try succeeded. */
  quiet?: true
}

/** Holds the connection's id and no name, which would stay after the connection is removed. */
export interface StoredUnrevoked extends Omit<Unrevoked, 'person'> {
  connectionId?: string
}

export interface Revocation {
  providerId: string
  fhirBase: string
  clientId: string
  server: Pick<Endpoints, 'issuer' | 'revocation_endpoint' | 'management_endpoint'>
  endsAt?: number
  endsBy?: 'policy'
  /** Refresh token first: revoking it ends the grant. */
  tokens: string[]
}
