import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from '@medplum/fhirtypes'
import type { Access, AccessKind } from './access.ts'

/** What an entry says besides the access itself. */
export interface RecordContext {
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
/** Carekey's own names, so that each kind can be searched for where the standard codes are coarser. */
export const KIND_SYSTEM = 'urn:carekey:access-kind'

const REST: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'RESTful Operation',
}
const USER_AUTHENTICATION: Coding = { system: DICOM, code: '110114', display: 'User Authentication' }
const SECURITY_ALERT: Coding = { system: DICOM, code: '110113', display: 'Security Alert' }
const SOURCE: Coding = { system: DICOM, code: '110153', display: 'Source Role ID' }
const DESTINATION: Coding = { system: DICOM, code: '110152', display: 'Destination Role ID' }
const RECIPIENT: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  code: 'IRCP',
  display: 'information recipient',
}

interface Shape {
  type: Coding
  subtype: Coding
  action: NonNullable<AuditEvent['action']>
}

const SHAPES: Record<AccessKind, Shape> = {
  read: { type: REST, subtype: { system: RESTFUL, code: 'read' }, action: 'R' },
  search: { type: REST, subtype: { system: RESTFUL, code: 'search' }, action: 'E' },
  other: { type: REST, subtype: { system: RESTFUL, code: 'operation' }, action: 'E' },
  'sign-in': {
    type: USER_AUTHENTICATION,
    subtype: { system: DICOM, code: '110122', display: 'Login' },
    action: 'E',
  },
  'sign-out': {
    type: USER_AUTHENTICATION,
    subtype: { system: DICOM, code: '110123', display: 'Logout' },
    action: 'E',
  },
  authorize: {
    type: USER_AUTHENTICATION,
    subtype: { system: KIND_SYSTEM, code: 'authorize' },
    action: 'E',
  },
  token: {
    type: USER_AUTHENTICATION,
    subtype: { system: IHE, code: 'ITI-71', display: 'Get Access Token' },
    action: 'E',
  },
  introspect: {
    type: USER_AUTHENTICATION,
    subtype: { system: IHE, code: 'ITI-102', display: 'Introspect Token' },
    action: 'E',
  },
  userinfo: { type: USER_AUTHENTICATION, subtype: { system: KIND_SYSTEM, code: 'userinfo' }, action: 'R' },
  revoke: {
    type: USER_AUTHENTICATION,
    subtype: { system: DICOM, code: '110123', display: 'Logout' },
    action: 'E',
  },
  consent: {
    type: SECURITY_ALERT,
    subtype: { system: DICOM, code: '110137', display: 'User Security Attributes Changed' },
    action: 'C',
  },
  register: {
    type: SECURITY_ALERT,
    subtype: { system: DICOM, code: '110131', display: 'Software Configuration' },
    action: 'C',
  },
}

const OUTCOME = { success: '0', refused: '4', failed: '8' } as const

/**
 * The AuditEvent of one access, after IHE BALP (Basic Audit Log Patterns 1.1.3): read with action `R` and the server as
 * source; query with action `E`, agents reversed, and the raw request base64 in `entity.query`.
 */
export const auditRecord = (access: Access, context: RecordContext): AuditEvent => {
  const shape = SHAPES[access.kind]
  return {
    resourceType: 'AuditEvent',
    id: context.id,
    type: shape.type,
    subtype: [shape.subtype, ...ownKind(access.kind, shape)],
    action: shape.action,
    recorded: new Date(context.now).toISOString(),
    outcome: OUTCOME[access.outcome],
    ...(access.reason && { outcomeDesc: access.reason }),
    agent: agents(access, context),
    source: { observer: { display: context.organization, reference: context.fhirBase }, type: [SERVER] },
    entity: entities(access, context),
  }
}

const SERVER: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  code: '4',
  display: 'Application Server',
}

const ownKind = (kind: AccessKind, shape: Shape): Coding[] =>
  shape.subtype.system === KIND_SYSTEM ? [] : [{ system: KIND_SYSTEM, code: kind }]

const agents = ({ kind, agent }: Access, { fhirBase, organization }: RecordContext): AuditEventAgent[] => {
  const server: AuditEventAgent = {
    type: { coding: [kind === 'read' ? SOURCE : DESTINATION] },
    who: { display: organization },
    requestor: false,
    network: { address: fhirBase, type: '5' },
  }
  const client: AuditEventAgent = {
    type: { coding: [kind === 'read' ? DESTINATION : SOURCE] },
    who: {
      ...(agent.clientId && { identifier: { value: agent.clientId } }),
      display: agent.clientName ?? agent.clientId ?? (agent.accountId ? organization : 'unknown application'),
    },
    requestor: agent.accountId === undefined,
    network: { address: agent.address, type: '2' },
  }
  const policy = agent.tokenRef && { policy: [`urn:carekey:token:${agent.tokenRef}`] }
  // An application that acts for itself holds the token alone.
  if (agent.accountId === undefined) return [{ ...client, ...policy }, server]
  const user: AuditEventAgent = {
    type: { coding: [RECIPIENT] },
    who: {
      ...(agent.fhirUser && { reference: agent.fhirUser }),
      identifier: { value: agent.accountId },
      ...(agent.accountName && { display: agent.accountName }),
    },
    requestor: true,
    ...policy,
  }
  return [client, server, user]
}

const entities = (access: Access, { patient }: RecordContext): AuditEventEntity[] => [
  ...(patient === undefined
    ? []
    : [
        {
          what: { reference: `Patient/${patient}` },
          type: { system: ENTITY_TYPE, code: '1', display: 'Person' },
          role: { system: ENTITY_ROLE, code: '1', display: 'Patient' },
        },
      ]),
  ...(access.entity === undefined
    ? []
    : [
        {
          what: { reference: access.entity },
          type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
          role: { system: ENTITY_ROLE, code: '4', display: 'Domain Resource' },
        },
      ]),
  ...(access.query === undefined
    ? []
    : [
        {
          type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
          role: { system: ENTITY_ROLE, code: '24', display: 'Query' },
          query: Buffer.from(access.query).toString('base64'),
        },
      ]),
  {
    what: { identifier: { value: access.requestId } },
    type: { system: BALP_ENTITY, code: 'XrequestId' },
    ...(access.details && {
      detail: Object.entries(access.details).map(([type, valueString]) => ({ type, valueString })),
    }),
  },
]
