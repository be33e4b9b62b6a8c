import type { StoredPatient } from './items.ts'

/** A `Place` of the protocol. */
export interface StoredPlace {
  connectionId?: string
  home?: boolean
  awaiting?: { providerId: string; known: string[] }
  patient?: StoredPatient
  typed?: StoredQuery
  asked?: StoredQuery
}

type StoredQuery = Partial<
  Record<'fullName' | 'given' | 'family' | 'gender' | 'identifier' | 'birthdate', string>
>

export interface StoredFlow {
  providerId: string
  purpose: 'record' | 'administer'
  status: 'open' | 'failed' | 'interrupted'
  startedAt: number
  /** The life of the worker that runs it. A flow of an earlier life cannot be resumed. */
  bootId: string
  error?: StoredProblem
}

/** A `Problem` of the protocol. */
interface StoredProblem {
  code: string
  details?: Record<string, string>
}
