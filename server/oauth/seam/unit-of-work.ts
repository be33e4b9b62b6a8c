import { AsyncLocalStorage } from 'node:async_hooks'
import type { Selectable } from 'kysely'
import type { AdapterPayload } from 'oidc-provider'
import type { Account } from '../../grants/authorization.ts'
import type { LostAnswer } from '../../grants/lost-answer.ts'
import type { ConsentTable, Db } from '../../store/schema.ts'

/** One write of the engine, which runs in the request's transaction. */
type Operation = (trx: Db) => Promise<void>

/** The engine's writes during one request. The engine reads them from here, because the database does not have them yet. */
export interface UnitOfWork {
  readonly operations: Operation[]
  /** Presented proofs (`jti`): each is valid once, even if its request is then refused. */
  readonly proofs: Operation[]
  /** Tokens whose key the caller proved to possess, by `Authorization.tokenRef`. */
  readonly provenTokens: Set<string>
  /** By model and stored id; `undefined` is a record that was destroyed. */
  readonly writtenRecords: Map<string, AdapterPayload | undefined>
  /** The stored texts that this request first read, of records that are written by compare-and-set; by model and stored id. */
  readonly readTexts: Map<string, string>
  /** The applications that this request read, by id, because it needs most of them two or three times. */
  readonly readClients: Map<string, Promise<FoundClient | undefined>>
  /** What the engine's lookup of a grant also found, by grant. */
  readonly foundGrants: Map<string, FoundGrant>
  /** Answers that may be lost, by the stored ids of the refresh tokens that were presented for them. */
  readonly lost: Map<string, LostAnswer>
  /** When the refresh token was used that this request presents again, if that was a moment ago. */
  usedAt: number | undefined
  /** The stored id of the refresh token to which the next token that is written is the answer. */
  answered: string | undefined
  /** The patient whose record the code or token is for that the request presents, even if it is then refused. */
  concerned: string | undefined
  /** The same of a code or token that was used before: it concerns nobody unless the request ends something. */
  concernedIfEnded: string | undefined
}

/** An application that may act. */
export interface FoundClient {
  readonly payload: AdapterPayload
  /** As `OauthRecordTable.client_generation`. */
  readonly generation: string
}

interface FoundGrant {
  /** The part of the consent that answers contain. */
  readonly consent: Pick<Selectable<ConsentTable>, 'patient' | 'encounter' | 'expires_at'>
  /** Who gave it. */
  readonly account: Account
}

const newWork = (): UnitOfWork => ({
  operations: [],
  proofs: [],
  provenTokens: new Set(),
  writtenRecords: new Map(),
  readTexts: new Map(),
  readClients: new Map(),
  foundGrants: new Map(),
  lost: new Map(),
  usedAt: undefined,
  answered: undefined,
  concerned: undefined,
  concernedIfEnded: undefined,
})

const current = new AsyncLocalStorage<UnitOfWork>()

/**
 * Runs a part of the engine and collects its writes. The caller applies them in one transaction, together with the entry
 * in the access log, or drops all of them.
 *
 * @param work the unit of work to continue; without it, a new one begins.
 */
export const collectWrites = async <T>(
  run: () => Promise<T>,
  work: UnitOfWork = newWork(),
): Promise<{ value: T; work: UnitOfWork }> => {
  const value = await current.run(work, run)
  return { value, work }
}

/** Returns the current unit of work. @throws Error outside `collectWrites`, because no transaction would apply the write. */
export const requireUnitOfWork = (): UnitOfWork => {
  const work = current.getStore()
  if (!work) throw new Error('The OAuth engine wrote outside a unit of work.')
  return work
}

export const findUnitOfWork = (): UnitOfWork | undefined => current.getStore()

export const hasWrites = ({ proofs, operations }: UnitOfWork): boolean =>
  proofs.length > 0 || operations.length > 0

/** Checks whether the engine destroyed a record, such as a token that it revoked. */
export const hasDestroyed = ({ writtenRecords }: UnitOfWork): boolean =>
  [...writtenRecords.values()].includes(undefined)

/** Stores only the proofs as used. @throws AlreadyTaken when one was used before. */
export const applyProofs = (work: UnitOfWork, trx: Db): Promise<void> =>
  settleAll(work.proofs.map((operation) => operation(trx)))

/** Applies the collected writes in the engine's order, the proofs first. @throws AlreadyTaken */
export const applyWrites = (work: UnitOfWork, trx: Db): Promise<void> =>
  settleAll([...work.proofs, ...work.operations].map((operation) => operation(trx)))

/**
 * Waits for writes that were started one after the other: they reach the database in that order, and on PostgreSQL in one
 * round trip. @throws the error of the first write in the list that failed, once all have settled.
 */
export const settleAll = async (writes: readonly unknown[]): Promise<void> => {
  for (const outcome of await Promise.allSettled(writes))
    if (outcome.status === 'rejected') throw outcome.reason
}
