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
 * Appends an access to the log, in the same transaction as the work that it records: one entry for each patient concerned, or a
 * single one if there is none. A stranger's refused request is only counted, and an authorization that nobody has signed in to is
 * neither logged nor counted (docs/decisions/0004). The sequencer gives each entry its place in the tree a moment later.
 *
 * @throws StoreUnavailable; the caller's transaction is then rolled back, and the only answer is 503.
 */
export const appendAccess = async (trx: Db, access: Access, context: LogContext): Promise<void> => {
  if (isBegunAuthorization(access)) return
  if (isCounted(access)) await countRefusal(trx, access, context.now)
  else await appendEntries(trx, access, context)
}

/**
 * Whether an authorization has only begun. It is not logged, because anybody can start one, it gives the application nothing, and
 * it is about nobody. The log starts with the sign-in.
 */
const isBegunAuthorization = ({ kind, outcome, agent }: Access): boolean =>
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
      request_id: requestNames(access.requestId).publicName,
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
const saltPool = Buffer.alloc(256 * SALT)
let offset = saltPool.length

/** Takes a salt from a pool, because getting random bytes costs the same for one salt as for many. */
const newSalt = (): Buffer => {
  if (offset === saltPool.length) {
    randomFillSync(saltPool)
    offset = 0
  }
  const salt = Buffer.from(saltPool.subarray(offset, offset + SALT))
  offset += SALT
  return salt
}
