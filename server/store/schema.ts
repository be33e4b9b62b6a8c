import type { Generated, Kysely } from 'kysely'
import type { Role } from '../config.ts'

/** Every table. Times are milliseconds since 1970 unless a name says otherwise. */
export interface Database {
  oauth_record: OauthRecordTable
  client_origin: ClientOriginTable
  client_name: ClientNameTable
  consent: ConsentTable
  account: AccountTable
  setting: SettingTable
  resource: ResourceTable
  compartment: CompartmentTable
  index_string: IndexStringTable
  index_token: IndexTokenTable
  index_date: IndexDateTable
  index_quantity: IndexQuantityTable
  index_reference: IndexReferenceTable
  audit_event: AuditEventTable
  audit_queue: AuditQueueTable
  audit_leaf: AuditLeafTable
  audit_tile: AuditTileTable
  audit_patient: AuditPatientTable
  audit_checkpoint: AuditCheckpointTable
  audit_erasure: AuditErasureTable
  rate_limit: RateLimitTable
  refused_request: RefusedRequestTable
  withings_account: WithingsAccountTable
  withings_leftover: WithingsLeftoverTable
}

export type Db = Kysely<Database>

/** Records of the OAuth engine: sessions, codes, tokens, clients. `id` is the SHA-256 of the value that the holder presents. */
export interface OauthRecordTable {
  model: string
  id: string
  payload: string
  grant_id: string | null
  /** Null in what belongs to a grant. */
  account_id: string | null
  /** The account's generation at sign-in, in a session or launch. With a consent, `ConsentTable.account_generation` applies. */
  account_generation: Generated<number | null>
  /**
   * In a token, what it was issued with (`lost-answer.ts`); in a pending authorization, the browser (`begun-cookie.ts`); in what was left
   * unticked, the application.
   */
  uid: string | null
  consumed_at: number | null
  expires_at: number | null
  /** Since when an application is disabled; null if it is not, and in all other records. */
  disabled_at: Generated<number | null>
  /**
   * In an application, a random value that is new with each registration and whenever it is disabled. In its own tokens, launches and
   * pending authorizations, the one under which they were made: they are valid only while the application has it.
   */
  client_generation: Generated<string>
}

/** The origins of an application's redirect addresses, whose pages may call (`oauth/clients/origins.ts`). */
interface ClientOriginTable {
  origin: string
  client_id: string
}

/** The names of applications, so that one that looks alike is found at once. */
interface ClientNameTable {
  client_id: string
  name: string
  /** As `skeletonOf`: a version with another one has a migration that fills it anew. */
  skeleton: string
}

/** What a person allowed an application, and until when. One row for each grant; `grant_id` is the engine's id of it. */
export interface ConsentTable {
  grant_id: string
  account_id: string
  /** The account's generation at the sign-in that led to the consent. The consent ends when the account's generation changes. */
  account_generation: number
  client_id: string
  /** The application's generation at the consent. The consent ends when the application gets another one. */
  client_generation: string
  /** Launch context: the one patient that `patient/` scopes reach. */
  patient: string | null
  encounter: string | null
  scope: string
  /** The name of the chosen window: `visit`, `hour`, `day`, `month`, `open`, or `longest`, the organization's limit. */
  window: string
  /** The names of the browser and its system in which it was allowed, from a short list; null if one is not known. */
  browser: Generated<string | null>
  system: Generated<string | null>
  created_at: number
  /** Enforced at the FHIR API, at refresh and at introspection, together with the organization's longest window. */
  expires_at: number
  revoked_at: number | null
  /** When the sweep had deleted the codes and tokens of a grant that was ended. */
  emptied_at: Generated<number | null>
  /** When the grant was last used at the FHIR API, to the minute. */
  last_used_at: Generated<number | null>
  /** Why the server ended it early: `refresh_reuse_detected`, `code_reuse_detected`. */
  ended_because: Generated<string | null>
}

export interface AccountTable {
  id: string
  username: string
  password_hash: string
  name: string
  role: Role
  patient: string | null
  practitioner: string | null
  /**
   * A trigger increments it whenever the username, the password, the role, the record or `disabled_at` changes. Sessions, consents and
   * launches store the generation in which they began and are valid only in that one, so nothing else has to end them.
   */
  generation: Generated<number>
  /** Since when the account is disabled; null if it is not. */
  disabled_at: Generated<number | null>
}

/** Keys and other values that every process on this database shares. */
interface SettingTable {
  name: string
  value: string
}

export interface ResourceTable {
  key: Generated<number>
  type: string
  id: string
  version: number
  last_updated: number
  /** Start of the clinical date, or of a patient's birth date. A resource without either sorts before all others (`EARLIEST`). */
  sort_date: number
  /** A patient's family and given names, folded; empty without a name, and null for every other type. */
  sort_name: string | null
  /** The source that put it here, which may replace and delete it; null if it was imported. */
  origin: string | null
  /** The resource as text, exactly as sent. */
  json: string
}

/** Which patients' compartments a resource belongs to (R4 CompartmentDefinition `patient`). */
interface CompartmentTable {
  patient: string
  type: string
  key: number
}

/** A value by which a search finds a resource. `param` is its name in the table of search parameters. */
interface IndexRow {
  key: number
  type: string
  param: string
}
interface IndexStringTable extends IndexRow {
  /** Case and accents folded, for the default prefix match. */
  folded: string
  exact: string
}
interface IndexTokenTable extends IndexRow {
  system: string
  code: string
}
/** The half-open interval of time that the value covers, at its own precision; `written_…` by the clocks that it was written by. */
interface IndexDateTable extends IndexRow {
  low: number
  high: number
  written_low: number
  written_high: number
}
/** The closed range from `low` to `high`; both are equal for a plain value. */
interface IndexQuantityTable extends IndexRow {
  low: number
  high: number
  system: string
  code: string
  unit: string
}
interface IndexReferenceTable extends IndexRow {
  target_type: string
  target_id: string
}

/**
 * The access log, in the order of writing: `seq` grows with each row. Rows are never updated or deleted, except to erase personal
 * values (`server/audit/erase/erase.ts`).
 */
export interface AuditEventTable {
  seq: Generated<number>
  id: string
  recorded: number
  patient: string | null
  agent: string | null
  client_id: string | null
  type: string
  subtype: string
  outcome: string
  request_id: string
  json: string
  /** 16 random bytes that hide personal values in the leaf; null in an erased entry. */
  salt: Uint8Array | null
}

/** Entries that have no place in the tree yet. A trigger puts them here in the statement that writes them without a place. */
interface AuditQueueTable {
  seq: number
}

/** The tree's leaves; `index` is an entry's place in the log, from 0 and without gaps. */
export interface AuditLeafTable {
  index: number
  seq: number
  /** The entry's number about its patient, from 1; `null` if it is about no patient. */
  count: number | null
  hash: Uint8Array
}

/** A tile of the tree: up to 256 hashes of 32 bytes, one after another (`server/audit/tree/tiles.ts`). */
export interface AuditTileTable {
  level: number
  index: number
  hashes: Uint8Array
}

/** The number of placed entries about a patient. */
export interface AuditPatientTable {
  patient: string
  entries: number
}

/** All signed checkpoints, in the order of signing. */
interface AuditCheckpointTable {
  key: Generated<number>
  size: number
  signed_at: number
  note: string
}

/** The erasure that commits to an erased entry, and the nonce that reveals the commitment (`server/audit/erase/log-erasure.ts`). */
interface AuditErasureTable {
  /** The erased entry's `seq`. */
  seq: number
  /** The erasure's `seq`. */
  erasure: number
  /** 16 bytes. */
  nonce: Uint8Array
}

/**
 * Requests of strangers, counted by network and minute until that minute's entry is written. `writer` separates concurrent
 * transactions of PostgreSQL, which would otherwise wait for each other's row.
 */
interface RefusedRequestTable {
  /** When the minute began. */
  minute: number
  network: string
  kind: string
  reason: string
  writer: Generated<number>
  requests: number
}

/** Failures counted by account, network and client (`sign-in/secrets/rate-limit.ts`). */
interface RateLimitTable {
  bucket: string
  failures: number
  expires_at: number
}

/** People who signed in with Withings. The tokens are sealed under a key that is not in the database. */
export interface WithingsAccountTable {
  /** The address of the API that identified the person; the same number at another API is another person. */
  issuer: string
  /** The person's number at Withings. */
  userid: string
  account_id: string
  /** The Patient resource that the readings belong to. */
  patient: string
  access_token: string
  refresh_token: string
  access_ends: number
  /** Incremented with each new pair of tokens. */
  version: number
  /** Changes with each sign-in, so that a fetch which began before stores nothing. */
  connection: string
  /** Until when one process may renew the tokens. A past time if the outcome of that is unknown; 0 if no renewal is running. */
  renewing_until: number
  /** Until when one process may be ending the connection at Withings; 0 if none is. Whatever is stored here meanwhile, no token is used or renewed. */
  ending_until: Generated<number>
  /** Withings' own time of the last complete reading, in seconds; null before the first. */
  since: number | null
  /** When the readings were last complete here; null before the first time. */
  read_at: number | null
  /** When the last fetch of all readings began, after which those that are gone there were deleted here; null before the first. */
  whole_at: Generated<number | null>
  /** When a fetch last had something that is not understood here; null if the last fetch of all readings, and those since then, had nothing of the kind. */
  unknown_at: Generated<number | null>
  /** When the next fetch may begin. */
  next_read: number
  /** Why the last fetch failed, as a `WithingsFault`; null if it did not fail. */
  fault: string | null
  /** SHA-256 of the secret part of the address to which Withings sends notifications; null without a subscription. */
  hook: string | null
  /** When the account ends, unless the person says who they are; null if they have. */
  unnamed_until: Generated<number | null>
}

/** Patients whose readings from Withings are being deleted, because their person has another Patient here now. */
interface WithingsLeftoverTable {
  patient: string
  /** Whose readings they are, as in `WithingsAccountTable`. */
  issuer: string
  userid: string
}
