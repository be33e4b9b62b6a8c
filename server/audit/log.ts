import { randomFillSync, randomUUID } from 'node:crypto'
import { type Config, fhirBase } from '../config.ts'
import { compileOnce } from '../store/compile-once.ts'
import type { AuditEventTable, Db } from '../store/schema.ts'
import type { Access } from './access.ts'
import { countRefusal, isCounted } from './count-refusal.ts'
import { auditRecord } from './record.ts'
import { requestNames } from './request-names.ts'

/** The time and configuration for writing an entry. */
export interface LogContext {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly config: Config
}

/**
 * Appends an access to the log in the transaction of the recorded work: an entry for each patient concerned, or one if there is
 * none. A stranger's refused request is counted instead; an authorization that only begins is neither logged nor counted
 * (docs/decisions/0004). If it throws, the caller's transaction is rolled back and the only answer is 503. The sequencer gives
 * each entry its place in the tree a moment later.
 */
export const appendAccess = async (trx: Db, access: Access, context: LogContext): Promise<void> => {
  if (isBegun(access)) return
  if (isCounted(access)) await countRefusal(trx, access, context.now)
  else await appendEntries(trx, access, context)
}

/**
 * Whether an authorization has only begun. It gives the application nothing, anybody can start one, and it is about nobody. The
 * log begins with the sign-in.
 */
const isBegun = ({ kind, outcome, agent }: Access): boolean =>
  kind === 'authorize' && outcome === 'success' && agent.accountId === undefined

/** Appends the entries of an access, without counting it. @returns their ids. */
export const appendEntries = async (
  trx: Db,
  access: Access,
  { now, config }: LogContext,
): Promise<readonly string[]> => {
  const ids: string[] = []
  const patients = access.patients.length > 0 ? access.patients : [undefined]
  for (const patient of patients) {
    const id = randomUUID()
    ids.push(id)
    const record = auditRecord(access, {
      id,
      now,
      fhirBase: fhirBase(config),
      organization: config.organization.name,
      ...(patient !== undefined && { patient }),
    })
    await insertEntry(trx, {
      id,
      recorded: now,
      patient: patient ?? null,
      agent: access.agent.fhirUser ?? access.agent.accountId ?? null,
      client_id: access.agent.clientId ?? null,
      type: record.type.code ?? '',
      subtype: access.kind,
      outcome: record.outcome ?? '',
      request_id: requestNames(access.requestId).shown,
      json: JSON.stringify(record),
      salt: newSalt(),
    })
  }
  return ids
}

const insertEntry = compileOnce((trx, row: Omit<AuditEventTable, 'seq'>) =>
  trx.insertInto('audit_event').values(row),
)

const SALT = 16
const pool = Buffer.alloc(256 * SALT)
let taken = pool.length

/** Takes a salt from a pool, because random bytes cost the same for one salt as for many. */
const newSalt = (): Buffer => {
  if (taken === pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  const salt = Buffer.from(pool.subarray(taken, taken + SALT))
  taken += SALT
  return salt
}
