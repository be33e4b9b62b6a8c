import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding, Period } from '@medplum/fhirtypes'
import { type AccessKind, KIND_SYSTEM } from '../../../values/access-kinds.ts'
import { requestNames } from '../../errors.ts'
import type { LoggedAccess } from './access-event.ts'

/** The parts of an entry that do not come from the access. */
interface RecordContext {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** The FHIR base of the organization that keeps the log. */
  readonly fhirBase: string
  readonly organization: string
  /** The one patient this entry concerns. */
  readonly patient?: string
}

/** The display of an application that did not say who it is. */
const UNKNOWN_APPLICATION = 'unknown application'

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const ENTITY_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
const BALP_ENTITY = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType'

const REST: Coding = {
  code: 'rest',
  display: 'RESTful Operation',
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
}
const dicom = (code: string, display: string): Coding => ({ code, display, system: DICOM })
const USER_AUTHENTICATION = dicom('110114', 'User Authentication')
const SECURITY_ALERT = dicom('110113', 'Security Alert')
const SOURCE = dicom('110153', 'Source Role ID')
const DESTINATION = dicom('110152', 'Destination Role ID')
const LOGOUT = dicom('110123', 'Logout')
const ATTRIBUTES_CHANGED = dicom('110137', 'User Security Attributes Changed')
const RECIPIENT: Coding = {
  code: 'IRCP',
  display: 'information recipient',
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
}
const restful = (code: string): Coding => ({ code, system: 'http://hl7.org/fhir/restful-interaction' })
const ihe = (code: string, display: string): Coding => ({ code, display, system: 'urn:ihe:event-type-code' })
const own = (code: AccessKind): Coding => ({ code, system: KIND_SYSTEM })

const SHAPES: Record<AccessKind, [type: Coding, subtype: Coding, action: NonNullable<AuditEvent['action']>]> =
  {
    read: [REST, restful('read'), 'R'],
    search: [REST, restful('search'), 'E'],
    other: [REST, restful('operation'), 'E'],
    'sign-in': [USER_AUTHENTICATION, dicom('110122', 'Login'), 'E'],
    'sign-out': [USER_AUTHENTICATION, LOGOUT, 'E'],
    authorize: [USER_AUTHENTICATION, own('authorize'), 'E'],
    token: [USER_AUTHENTICATION, ihe('ITI-71', 'Get Access Token'), 'E'],
    introspect: [USER_AUTHENTICATION, ihe('ITI-102', 'Introspect Token'), 'E'],
    // Reading the log's proofs, and downloading the log.
    proof: [REST, own('proof'), 'R'],
    export: [REST, own('export'), 'R'],
    // The log was set back, and the operator accepted it (`--accept-rollback`).
    rollback: [SECURITY_ALERT, own('rollback'), 'U'],
    // Entries of the log lost their personal values (`log-erasure.ts`).
    erasure: [SECURITY_ALERT, own('erasure'), 'D'],
    // The operator imported records.
    import: [dicom('110107', 'Import'), own('import'), 'C'],
    // The counted requests of strangers in one minute.
    refusals: [SECURITY_ALERT, own('refusals'), 'E'],
    // The system's clock was set back, or the operator confirmed its time (`--accept-clock`).
    clock: [SECURITY_ALERT, own('clock'), 'U'],
    userinfo: [USER_AUTHENTICATION, own('userinfo'), 'R'],
    revoke: [USER_AUTHENTICATION, LOGOUT, 'E'],
    consent: [SECURITY_ALERT, ATTRIBUTES_CHANGED, 'C'],
    // An account was created, changed or removed, or got a password.
    account: [SECURITY_ALERT, ATTRIBUTES_CHANGED, 'U'],
    register: [SECURITY_ALERT, dicom('110131', 'Software Configuration'), 'C'],
  }

/** Returns the codings of an entry's `subtype`: a standard one, if there is one, and our own. */
const subtypesOf = (kind: AccessKind): [Coding, ...Coding[]] => {
  const [, subtype] = SHAPES[kind]
  return [subtype, ...(subtype.system === KIND_SYSTEM ? [] : [own(kind)])]
}

/** Returns the kinds of access whose entries have such a `subtype`; an absent member matches any. */
export const kindsOfSubtype = ({ system, code }: Pick<Coding, 'system' | 'code'>): AccessKind[] =>
  (Object.keys(SHAPES) as AccessKind[]).filter((kind) =>
    subtypesOf(kind).some(
      (coding) =>
        (system === undefined || coding.system === system) && (code === undefined || coding.code === code),
    ),
  )

/**
 * Kinds of access in which BALP makes the server the source of the data and the application its destination. A search has them the
 * other way round, though it gives data too; what is given away is told by `givesAway`.
 */
const FROM_SERVER: ReadonlySet<AccessKind> = new Set(['read', 'proof', 'export'])

const OUTCOME = { success: '0', refused: '4', failed: '8' } as const

/**
 * Returns the AuditEvent of one access, after IHE BALP (Basic Audit Log Patterns 1.1.3): read with action `R` and the server as
 * source; query with action `E`, agents reversed, and the raw request base64 in `entity.query`.
 *
 * Names are in the order of RFC 8785, so the stored event is already canonical.
 */
export const auditRecord = (access: LoggedAccess, context: RecordContext): AuditEvent => {
  const [type, , action] = SHAPES[access.kind]
  return {
    action,
    agent: agents(access, context),
    entity: entities(access, context),
    id: context.id,
    outcome: OUTCOME[access.outcome],
    ...(access.reason && { outcomeDesc: access.reason }),
    ...(access.period && { period: periodOf(access.period) }),
    recorded: new Date(context.now).toISOString(),
    resourceType: 'AuditEvent',
    source: { observer: { display: context.organization, reference: context.fhirBase }, type: [SERVER] },
    subtype: subtypesOf(access.kind),
    type,
  }
}

const periodOf = ({ start, end }: NonNullable<LoggedAccess['period']>): Period => ({
  end: new Date(end).toISOString(),
  start: new Date(start).toISOString(),
})

const SERVER: Coding = {
  code: '4',
  display: 'Application Server',
  system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
}

const agents = (
  { kind, agent }: LoggedAccess,
  { fhirBase, organization }: RecordContext,
): AuditEventAgent[] => {
  const server: AuditEventAgent = {
    network: { address: fhirBase, type: '5' },
    requestor: false,
    type: { coding: [FROM_SERVER.has(kind) ? SOURCE : DESTINATION] },
    who: { display: organization },
  }
  const policy = agent.tokenRef && { policy: [`urn:carekey:token:${agent.tokenRef}`] }
  const client: AuditEventAgent = {
    // Node forgets the address of a connection that ended before anybody asked for it.
    network: { ...(agent.address && { address: agent.address }), type: '2' },
    // Without an account, the application itself holds the token.
    ...(agent.accountId === undefined && policy),
    requestor: agent.accountId === undefined,
    type: { coding: [FROM_SERVER.has(kind) ? DESTINATION : SOURCE] },
    who: {
      display: agent.clientName ?? agent.clientId ?? (agent.onOwnPages ? organization : UNKNOWN_APPLICATION),
      ...(agent.clientId && { identifier: { value: agent.clientId } }),
    },
  }
  if (agent.accountId === undefined) return [client, server]
  const user: AuditEventAgent = {
    ...policy,
    requestor: true,
    type: { coding: [RECIPIENT] },
    who: {
      ...(agent.accountName && { display: agent.accountName }),
      identifier: { value: agent.accountId },
      ...(agent.fhirUser && { reference: agent.fhirUser }),
    },
  }
  return [client, server, user]
}

const entities = (access: LoggedAccess, { patient }: RecordContext): AuditEventEntity[] => {
  const { entity, query, account, application } = access
  const parts: (AuditEventEntity | false)[] = [
    patient !== undefined && {
      role: { code: '1', display: 'Patient', system: ENTITY_ROLE },
      type: PERSON,
      what: { reference: `Patient/${patient}` },
    },
    entity !== undefined && {
      role: { code: '4', display: 'Domain Resource', system: ENTITY_ROLE },
      type: SYSTEM_OBJECT,
      what: { reference: entity },
    },
    query !== undefined && {
      query: Buffer.from(query).toString('base64'),
      role: { code: '24', display: 'Query', system: ENTITY_ROLE },
      type: SYSTEM_OBJECT,
    },
    account !== undefined && {
      name: account.name,
      role: { code: '6', display: 'User', system: ENTITY_ROLE },
      type: PERSON,
      what: { identifier: { value: account.id } },
    },
    application !== undefined && {
      name: application.name,
      type: SYSTEM_OBJECT,
      what: { identifier: { value: application.clientId } },
    },
    requestEntity(access),
  ]
  return parts.filter((part) => part !== false)
}

const PERSON: Coding = { code: '1', display: 'Person', system: ENTITY_TYPE }
const SYSTEM_OBJECT: Coding = { code: '2', display: 'System Object', system: ENTITY_TYPE }

/** Both names of the request, together with the details of the access. */
const requestEntity = ({ requestId, details }: LoggedAccess): AuditEventEntity => {
  const { publicName, serverName } = requestNames(requestId)
  const all = Object.entries({ ...details, ...(serverName !== publicName && { request: serverName }) })
  return {
    ...(all.length > 0 && { detail: all.map(([type, valueString]) => ({ type, valueString })) }),
    type: { code: 'XrequestId', system: BALP_ENTITY },
    what: { identifier: { value: publicName } },
  }
}
