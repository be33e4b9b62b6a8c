import { randomFillSync, randomUUID } from 'node:crypto'
import { type Config, fhirBase } from '../config.ts'
import { compileOnce } from '../store/compile-once.ts'
import type { AuditEventTable, Db } from '../store/schema.ts'
import type { Access } from './access.ts'
import { countRefusal, isCounted } from './count-refusal.ts'
import { auditRecord } from './record.ts'
import { requestNames } from './request-names.ts'

/** What an entry is written with. */
export interface LogContext {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly config: Config
}

/**
 * Appends an access to the log, inside the transaction of what it records: an entry for each patient concerned, or one
 * when there is none; a stranger's refused request is counted instead, and an authorization that only begins is neither
 * (docs/decisions/0004). When it throws, the caller's
 * transaction is gone and nothing may be answered but 503. A moment later the sequencer gives each entry its place in the
 * tree.
 */
export const appendAccess = async (trx: Db, access: Access, context: LogContext): Promise<void> => {
  if (isBegun(access)) return
  if (isCounted(access)) await countRefusal(trx, access, context.now)
  else await appendEntries(trx, access, context)
}

/**
 * An application that sent a browser to sign in has got nothing yet, and anybody can send one: like the empty sign-in form,
 * it is about nobody. The log begins with who signs in.
 */
const isBegun = ({ kind, outcome, agent }: Access): boolean =>
  kind === 'authorize' && outcome === 'success' && agent.accountId === undefined

/** Appends the entries of what is not counted, and of what was. @returns their ids. */
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

/** Asking for random bytes costs the same for one salt and for many. */
const newSalt = (): Buffer => {
  if (taken === pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  const salt = Buffer.from(pool.subarray(taken, taken + SALT))
  taken += SALT
  return salt
}
