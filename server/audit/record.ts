import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding, Period } from '@medplum/fhirtypes'
import type { Access, AccessKind } from './access.ts'
import { requestNames } from './request-names.ts'

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

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const RESTFUL = 'http://hl7.org/fhir/restful-interaction'
const IHE = 'urn:ihe:event-type-code'
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const ENTITY_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
const BALP_ENTITY = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType'
/** Carekey's own codes, because several kinds share one standard code and each kind must be searchable. */
export const KIND_SYSTEM = 'urn:carekey:access-kind'

const REST: Coding = {
  code: 'rest',
  display: 'RESTful Operation',
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
}
const USER_AUTHENTICATION: Coding = { code: '110114', display: 'User Authentication', system: DICOM }
const SECURITY_ALERT: Coding = { code: '110113', display: 'Security Alert', system: DICOM }
const SOURCE: Coding = { code: '110153', display: 'Source Role ID', system: DICOM }
const DESTINATION: Coding = { code: '110152', display: 'Destination Role ID', system: DICOM }
const RECIPIENT: Coding = {
  code: 'IRCP',
  display: 'information recipient',
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
}

interface Shape {
  type: Coding
  subtype: Coding
  action: NonNullable<AuditEvent['action']>
}

const SHAPES: Record<AccessKind, Shape> = {
  read: { type: REST, subtype: { code: 'read', system: RESTFUL }, action: 'R' },
  search: { type: REST, subtype: { code: 'search', system: RESTFUL }, action: 'E' },
  other: { type: REST, subtype: { code: 'operation', system: RESTFUL }, action: 'E' },
  'sign-in': {
    type: USER_AUTHENTICATION,
    subtype: { code: '110122', display: 'Login', system: DICOM },
    action: 'E',
  },
  'sign-out': {
    type: USER_AUTHENTICATION,
    subtype: { code: '110123', display: 'Logout', system: DICOM },
    action: 'E',
  },
  authorize: {
    type: USER_AUTHENTICATION,
    subtype: { code: 'authorize', system: KIND_SYSTEM },
    action: 'E',
  },
  token: {
    type: USER_AUTHENTICATION,
    subtype: { code: 'ITI-71', display: 'Get Access Token', system: IHE },
    action: 'E',
  },
  introspect: {
    type: USER_AUTHENTICATION,
    subtype: { code: 'ITI-102', display: 'Introspect Token', system: IHE },
    action: 'E',
  },
  // Reading the log's proofs, and downloading the log.
  proof: { type: REST, subtype: { code: 'proof', system: KIND_SYSTEM }, action: 'R' },
  export: { type: REST, subtype: { code: 'export', system: KIND_SYSTEM }, action: 'R' },
  // The log was set back, and the operator accepted it (`--accept-rollback`).
  rollback: { type: SECURITY_ALERT, subtype: { code: 'rollback', system: KIND_SYSTEM }, action: 'U' },
  // Entries of the log lost their personal values (`erasure.ts`).
  erasure: { type: SECURITY_ALERT, subtype: { code: 'erasure', system: KIND_SYSTEM }, action: 'D' },
  // The operator imported records.
  import: {
    type: { code: '110107', display: 'Import', system: DICOM },
    subtype: { code: 'import', system: KIND_SYSTEM },
    action: 'C',
  },
  // The counted requests of strangers in one minute.
  refusals: { type: SECURITY_ALERT, subtype: { code: 'refusals', system: KIND_SYSTEM }, action: 'E' },
  // The system's clock was set back, or the operator confirmed its time (`--accept-clock`).
  clock: { type: SECURITY_ALERT, subtype: { code: 'clock', system: KIND_SYSTEM }, action: 'U' },
  userinfo: { type: USER_AUTHENTICATION, subtype: { code: 'userinfo', system: KIND_SYSTEM }, action: 'R' },
  revoke: {
    type: USER_AUTHENTICATION,
    subtype: { code: '110123', display: 'Logout', system: DICOM },
    action: 'E',
  },
  consent: {
    type: SECURITY_ALERT,
    subtype: { code: '110137', display: 'User Security Attributes Changed', system: DICOM },
    action: 'C',
  },
  // An account was created, changed or removed, or got a password.
  account: {
    type: SECURITY_ALERT,
    subtype: { code: '110137', display: 'User Security Attributes Changed', system: DICOM },
    action: 'U',
  },
  register: {
    type: SECURITY_ALERT,
    subtype: { code: '110131', display: 'Software Configuration', system: DICOM },
    action: 'C',
  },
}

/** Kinds of access in which the server is the source of the data and the application its destination. */
const GIVES: ReadonlySet<AccessKind> = new Set(['read', 'proof', 'export'])

const OUTCOME = { success: '0', refused: '4', failed: '8' } as const

/**
 * Returns the AuditEvent of one access, after IHE BALP (Basic Audit Log Patterns 1.1.3): read with action `R` and the server as
 * source; query with action `E`, agents reversed, and the raw request base64 in `entity.query`.
 *
 * Names are in the order of RFC 8785, so the stored event is already canonical.
 */
export const auditRecord = (access: Access, context: RecordContext): AuditEvent => {
  const shape = SHAPES[access.kind]
  return {
    action: shape.action,
    agent: agents(access, context),
    entity: entities(access, context),
    id: context.id,
    outcome: OUTCOME[access.outcome],
    ...(access.reason && { outcomeDesc: access.reason }),
    ...(access.period && { period: periodOf(access.period) }),
    recorded: new Date(context.now).toISOString(),
    resourceType: 'AuditEvent',
    source: { observer: { display: context.organization, reference: context.fhirBase }, type: [SERVER] },
    subtype: [shape.subtype, ...ownKind(access.kind, shape)],
    type: shape.type,
  }
}

const periodOf = ({ start, end }: NonNullable<Access['period']>): Period => ({
  end: new Date(end).toISOString(),
  start: new Date(start).toISOString(),
})

const SERVER: Coding = {
  code: '4',
  display: 'Application Server',
  system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
}

const ownKind = (kind: AccessKind, shape: Shape): Coding[] =>
  shape.subtype.system === KIND_SYSTEM ? [] : [{ code: kind, system: KIND_SYSTEM }]

const agents = ({ kind, agent }: Access, { fhirBase, organization }: RecordContext): AuditEventAgent[] => {
  const server: AuditEventAgent = {
    network: { address: fhirBase, type: '5' },
    requestor: false,
    type: { coding: [GIVES.has(kind) ? SOURCE : DESTINATION] },
    who: { display: organization },
  }
  const policy = agent.tokenRef && { policy: [`urn:carekey:token:${agent.tokenRef}`] }
  const client: AuditEventAgent = {
    network: { address: agent.address, type: '2' },
    // Without an account, the application itself holds the token.
    ...(agent.accountId === undefined && policy),
    requestor: agent.accountId === undefined,
    type: { coding: [GIVES.has(kind) ? DESTINATION : SOURCE] },
    who: {
      display: agent.clientName ?? agent.clientId ?? (agent.accountId ? organization : 'unknown application'),
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

const entities = (access: Access, { patient }: RecordContext): AuditEventEntity[] => [
  ...(patient === undefined
    ? []
    : [
        {
          role: { code: '1', display: 'Patient', system: ENTITY_ROLE },
          type: { code: '1', display: 'Person', system: ENTITY_TYPE },
          what: { reference: `Patient/${patient}` },
        },
      ]),
  ...(access.entity === undefined
    ? []
    : [
        {
          role: { code: '4', display: 'Domain Resource', system: ENTITY_ROLE },
          type: { code: '2', display: 'System Object', system: ENTITY_TYPE },
          what: { reference: access.entity },
        },
      ]),
  ...(access.query === undefined
    ? []
    : [
        {
          query: Buffer.from(access.query).toString('base64'),
          role: { code: '24', display: 'Query', system: ENTITY_ROLE },
          type: { code: '2', display: 'System Object', system: ENTITY_TYPE },
        },
      ]),
  ...(access.account === undefined
    ? []
    : [
        {
          name: access.account.name,
          role: { code: '6', display: 'User', system: ENTITY_ROLE },
          type: { code: '1', display: 'Person', system: ENTITY_TYPE },
          what: { identifier: { value: access.account.id } },
        },
      ]),
  ...(access.application === undefined
    ? []
    : [
        {
          name: access.application.name,
          type: { code: '2', display: 'System Object', system: ENTITY_TYPE },
          what: { identifier: { value: access.application.clientId } },
        },
      ]),
  requestEntity(access),
]

/** Both names of the request, together with the details of the access. */
const requestEntity = ({ requestId, details }: Access): AuditEventEntity => {
  const { publicName, serverName } = requestNames(requestId)
  const all = Object.entries({ ...details, ...(serverName !== publicName && { request: serverName }) })
  return {
    ...(all.length > 0 && { detail: all.map(([type, valueString]) => ({ type, valueString })) }),
    type: { code: 'XrequestId', system: BALP_ENTITY },
    what: { identifier: { value: publicName } },
  }
}
