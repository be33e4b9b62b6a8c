import { AsyncLocalStorage } from 'node:async_hooks'
import type { Selectable } from 'kysely'
import type { AdapterPayload } from 'oidc-provider'
import type { ConsentTable, Db } from '../../store/schema.ts'

/** One write the engine asked for, to be made inside the request's transaction. */
type Operation = (trx: Db) => Promise<void>

/** What the engine wrote during this request. It reads its own writes; the database does not have them yet. */
export interface UnitOfWork {
  readonly operations: Operation[]
  /** Proofs that were presented (`jti`): good once, whether or not what they came with is carried out. */
  readonly proofs: Operation[]
  /** Tokens whose key this request proved to hold, by `Authorization.tokenRef`. */
  readonly proven: Set<string>
  /** By model and stored id; `undefined` is a record that was destroyed. */
  readonly written: Map<string, AdapterPayload | undefined>
  /** What it read and may write anew, as it stood: by model and stored id, the stored text. */
  readonly read: Map<string, string>
  /** The consents of the grants that the engine found, by grant. */
  readonly consents: Map<string, GrantedConsent>
}

/** What a consent adds to the answer of the token endpoint. */
export type GrantedConsent = Pick<
  Selectable<ConsentTable>,
  'patient' | 'encounter' | 'fhir_context' | 'expires_at'
>

const newWork = (): UnitOfWork => ({
  operations: [],
  proofs: [],
  proven: new Set(),
  written: new Map(),
  read: new Map(),
  consents: new Map(),
})

const current = new AsyncLocalStorage<UnitOfWork>()

/**
 * Runs a part of the engine with its writes only collected. The caller applies them in one transaction, together with
 * the entry in the access log, or drops them: a request that fails changes nothing.
 *
 * @param work to go on with; without it, a new one.
 */
export const collectWrites = async <T>(
  run: () => Promise<T>,
  work: UnitOfWork = newWork(),
): Promise<{ value: T; work: UnitOfWork }> => {
  const value = await current.run(work, run)
  return { value, work }
}

/** @throws Error outside `collectWrites`: a write that no transaction would make. */
export const requireUnitOfWork = (): UnitOfWork => {
  const work = current.getStore()
  if (!work) throw new Error('The OAuth engine wrote outside a unit of work.')
  return work
}

export const findUnitOfWork = (): UnitOfWork | undefined => current.getStore()

/** Uses up the proofs alone. @throws AlreadyTaken when one was used before. */
export const applyProofs = (work: UnitOfWork, trx: Db): Promise<void> =>
  together(work.proofs.map((operation) => operation(trx)))

/** Makes the collected writes, in the order in which the engine asked for them, the proofs first. */
export const applyWrites = (work: UnitOfWork, trx: Db): Promise<void> =>
  together([...work.proofs, ...work.operations].map((operation) => operation(trx)))

/**
 * Waits for writes that were started one after the other: they reach the database in that order, and on PostgreSQL in one
 * trip. @throws what the first of those that failed threw, when none is under way any more.
 */
export const together = async (writes: readonly unknown[]): Promise<void> => {
  for (const outcome of await Promise.allSettled(writes))
    if (outcome.status === 'rejected') throw outcome.reason
}
