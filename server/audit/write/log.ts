import { randomFillSync, randomUUID } from 'node:crypto'
import { type Config, fhirBase } from '../../config.ts'
import { requestNames } from '../../errors.ts'
import type { LastWrites } from '../../store/last-writes.ts'
import type { LoggedAccess } from '../entry/access-event.ts'
import { canonicalJson } from '../entry/canonical-json.ts'
import { withinLimits } from '../entry/entry-limits.ts'
import { auditRecord } from '../entry/record.ts'
import { countedRequest, countRequests, isCounted } from './count-refusal.ts'
import { type NewEntry, writeEntries } from './write-entries.ts'

/** The time and configuration for writing an entry. */
interface LogContext {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly config: Config
}

/**
 * Appends an access to the log, in the same transaction as the work that it records: one entry for each patient concerned, or a
 * single one if there is none. A stranger's refused request is only counted, and an authorization that nobody has signed in to is
 * neither logged nor counted (docs/decisions/0004).
 *
 * If the entries cannot be written, the transaction is rolled back, and the only answer is 503.
 */
export const appendAccess = (end: LastWrites, access: LoggedAccess, context: LogContext): void => {
  if (isBegunAuthorization(access)) return
  const now = end.date(context.now)
  if (isCounted(access)) end.add(countRequests, [countedRequest(access, now)])
  else end.add(writeEntries, entriesOf(access, { ...context, now }))
}

/**
 * Whether an authorization has only begun. It is not logged, because anybody can start one, it gives the application nothing, and
 * it is about nobody. The log starts with the sign-in.
 */
const isBegunAuthorization = ({ kind, outcome, agent }: LoggedAccess): boolean =>
  kind === 'authorize' && outcome === 'success' && agent.accountId === undefined

/** Returns the entries of an access: one for each patient, or a single one. */
export const entriesOf = (stated: LoggedAccess, { now, config }: LogContext): NewEntry[] => {
  const access = withinLimits(stated)
  const patients = access.patients.length > 0 ? access.patients : [undefined]
  return patients.map((patient) => {
    const id = newId(now)
    const event = auditRecord(access, {
      id,
      now,
      fhirBase: fhirBase(config),
      organization: config.organization.name,
      ...(patient !== undefined && { patient }),
    })
    const row = {
      id,
      recorded: now,
      patient: patient ?? null,
      agent: access.agent.fhirUser ?? access.agent.accountId ?? null,
      client_id: access.agent.clientId ?? null,
      type: event.type.code ?? '',
      subtype: access.kind,
      outcome: event.outcome ?? '',
      request_id: requestNames(access.requestId).publicName,
      json: canonicalJson(event),
      salt: newSalt(),
    }
    return { row, event }
  })
}

/** Returns a UUID of version 7, which begins with the time, so that the index of the ids grows at its end. */
const newId = (now: number): string => {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

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
