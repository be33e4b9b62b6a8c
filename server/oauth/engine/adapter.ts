import type { Insertable } from 'kysely'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { INTERACTION, toAccount } from '../../grants/accounts.ts'
import { PROOF, takeProof } from '../../grants/dpop.ts'
import type { GrantDeps } from '../../grants/find-authorization.ts'
import { findLost, grantHolds, markArrived, voidLost } from '../../grants/lost-answer.ts'
import { GRANT_MODELS, limitToConsent } from '../../grants/scopes/limit-scope.ts'
import { type Registration, registeredSystemScope } from '../../grants/scopes/registered-scope.ts'
import { AlreadyTaken, storedId } from '../../grants/stored-id.ts'
import { endOfGrant } from '../../grants/windows.ts'
import type { Keys } from '../../keys/keys.ts'
import { hashSecret } from '../../sign-in/password/password.ts'
import { browserOf, proofOf } from '../../sign-in/visit/begun-cookie.ts'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import type { ClientRecord } from '../clients/client-policy.ts'
import { checkNetworkRegistration } from '../clients/network-registration.ts'
import { putRegistration, requireOwnName } from '../clients/own-name.ts'
import { findInitialAccessToken } from '../clients/registration.ts'
import { CLIENT, deleteCompared, putCompared, rememberRead } from '../seam/compared-record.ts'
import { signInOf } from '../seam/signed-in.ts'
import { type FoundClient, findUnitOfWork, requireUnitOfWork } from '../seam/unit-of-work.ts'
import { endGrant } from '../terms/grants.ts'
import { GRACE } from './sealed-replay.ts'

/** Implements the engine's storage interface: reads run immediately, writes are collected (see `unit-of-work.ts`). */
export const createAdapter =
  ({
    store,
    config,
    clock,
    keys,
  }: GrantDeps & { readonly clock: Clock; readonly keys: Pick<Keys, 'cookies'> }) =>
  (model: string): Adapter => {
    // A client's id is public and administrators read it; every other id is a secret.
    const nameOf = (id: string) => (model === CLIENT ? id : storedId(id))
    const keyOf = (name: string) => `${model} ${name}`
    /** Finds a record by our clock, and states its end by the engine's. */
    const findNow = async (
      find: (now: number) => Promise<AdapterPayload | undefined>,
    ): Promise<AdapterPayload | undefined> => {
      const now = clock()
      return inEngineTime(await find(now), now)
    }
    const read = async (name: string, identity: { jti?: string }): Promise<AdapterPayload | undefined> => {
      const [row] = await findRecord(store.db, { model, id: name })
      if (!row) return undefined
      if (model === INTERACTION) {
        rememberRead(keyOf(name), row.payload)
        if (!(await findOwner(store.db, row, clock()))) return undefined
      }
      return findNow(async (now) => fromStored(row, now, identity))
    }

    const uidOf = (id: string, answered: string | undefined): string | null => {
      if (model === INTERACTION) return browserOf(proofOf(keys, id))
      return ANSWER_MODELS.includes(model) ? (answered ?? null) : null
    }

    return {
      upsert: async (id, payload, expiresIn) => {
        const work = requireUnitOfWork()
        const name = nameOf(id)
        const before = work.readTexts.get(keyOf(name))
        if (model === CLIENT) checkNetworkRegistration(payload as ClientRecord, before && JSON.parse(before))
        if (model === CLIENT)
          await requireOwnName(store.db, payload as ClientRecord, before && JSON.parse(before))
        work.writtenRecords.set(keyOf(name), payload)
        const owner = OWNED_MODELS.includes(model)
          ? await readClientOnce(store.db, clientIdOf(payload), clock())
          : undefined
        const generation = owner?.generation ?? ''
        const row = {
          model,
          id: name,
          payload: JSON.stringify(await toStored(model, payload)),
          grant_id: payload.grantId ?? null,
          // What belongs to a grant is found by its grant, and ends with the consent.
          account_id: signInOf(payload)?.accountId ?? null,
          uid: uidOf(id, work.answered),
          consumed_at: null,
          // `exp` of an assertion may have a fraction (RFC 7519 section 2), and a row holds whole milliseconds.
          expires_at: expiresIn ? Math.ceil(clock() + expiresIn * 1000) : null,
          // An application that changes keeps its own.
          ...(model !== CLIENT && { client_generation: generation }),
        }
        if (model === REFRESH_TOKEN && work.answered !== undefined) work.answered = name
        if (model === PROOF) {
          const proof = { ...row, expires_at: row.expires_at && row.expires_at + CLOCK_TOLERANCE }
          work.proofs.push((trx) => takeProof(trx, proof, clock()))
          return
        }
        if (COMPARED_MODELS.includes(model)) {
          work.readTexts.set(keyOf(name), row.payload)
          const put = model === CLIENT ? putRegistration : putCompared
          work.operations.push((trx) => put(trx, row, before))
          return
        }
        work.operations.push(async (trx) => {
          await putRecord(trx, row)
        })
      },

      find: async (id) => {
        // A replay is detected when the proof is stored, so that every replay gets the same answer (decision 12).
        if (model === PROOF) return undefined
        if (model === 'InitialAccessToken') return findInitialAccessToken({ store, config }, id, clock())
        const name = nameOf(id)
        const records = findUnitOfWork()?.writtenRecords
        if (records?.has(keyOf(name))) return records.get(keyOf(name))
        if (GRANT_MODELS.includes(model))
          return findNow((now) => findGrantRecord({ store, config }, model, id, now))
        if (model === CLIENT) return (await readClientOnce(store.db, id, clock()))?.payload
        if (model === SYSTEM_TOKEN) return findSystemToken(store.db, id, clock())
        return read(name, { jti: id })
      },

      // Sessions are not stored, and device codes are not offered.
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,

      consume: async (id) => {
        const name = nameOf(id)
        const work = requireUnitOfWork()
        if (model === REFRESH_TOKEN) work.answered = name
        const lost = work.lost.get(name)
        work.operations.push(async (trx) => {
          if (lost) return voidLost(trx, lost, clock())
          // Compare-and-set: of concurrent requests with the same value, in any process, only one finds the row.
          const rows = await takeRecord(trx, { model, id: name, now: clock() })
          if (rows.length === 0) throw new AlreadyTaken(model)
        })
      },

      destroy: async (id) => {
        const work = requireUnitOfWork()
        const name = nameOf(id)
        work.writtenRecords.set(keyOf(name), undefined)
        if (model === INTERACTION) {
          const before = work.readTexts.get(keyOf(name))
          work.operations.push((trx) => deleteCompared(trx, { model, id: name }, before))
          return
        }
        work.operations.push(async (trx) => {
          if (model === 'Grant') return void (await endGrant(trx, id, clock()))
          await trx.deleteFrom('oauth_record').where('model', '=', model).where('id', '=', name).execute()
        })
      },

      revokeByGrantId: async (grantId) => {
        requireUnitOfWork().operations.push(async (trx) => void (await endGrant(trx, grantId, clock())))
      },
    }
  }

/** The engine's model for a token of an application that acts for itself. */
const SYSTEM_TOKEN = 'ClientCredentials'

const REFRESH_TOKEN = 'RefreshToken'
const ACCESS_TOKEN = 'AccessToken'

/** The tokens of an answer to a refresh. */
const ANSWER_MODELS = [REFRESH_TOKEN, ACCESS_TOKEN]

/** What an application has been given without a consent. */
const OWNED_MODELS = [INTERACTION, SYSTEM_TOKEN]

/** Models that are written by compare-and-set: a record is replaced only if it has not changed since this request read it. */
const COMPARED_MODELS = [INTERACTION, CLIENT]

/** How far in the future a proof may be dated (`grants/dpop.ts`), in milliseconds: it stays valid that much longer. */
const CLOCK_TOLERANCE = 300_000

const putRecord = compileOnce((trx, row: Insertable<OauthRecordTable>) =>
  trx
    .insertInto('oauth_record')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row)),
)

const takeRecord = compileOnce((trx, { model, id, now }: { model: string; id: string; now: number }) =>
  trx
    .updateTable('oauth_record')
    .set({ consumed_at: now })
    .where('model', '=', model)
    .where('id', '=', id)
    .where('consumed_at', 'is', null)
    .where(grantHolds)
    .returning('id'),
)

const findRecord = compileOnce((db, { model, id }: { model: string; id: string }) =>
  db
    .selectFrom('oauth_record')
    .where('model', '=', model)
    .where('id', '=', id)
    .select(['payload', 'consumed_at', 'expires_at', 'disabled_at', 'client_generation']),
)

/**
 * Finds a grant's record together with its consent and its application, if nobody has ended the consent, and the account and the
 * application still have its generations and neither is disabled. A token names its grant in `grant_id`; the grant itself is found by
 * its own id.
 */
const findConsentedRecord = compileOnce(
  (db, { model, id, grant }: { model: string; id: string; grant: string }) =>
    db
      .selectFrom('oauth_record as record')
      .innerJoin('consent', (join) =>
        join.on('consent.grant_id', '=', (eb) => eb.fn.coalesce('record.grant_id', eb.val(grant))),
      )
      .innerJoin('account', (join) =>
        join
          .onRef('account.id', '=', 'consent.account_id')
          .onRef('account.generation', '=', 'consent.account_generation')
          .on('account.disabled_at', 'is', null),
      )
      .innerJoin('oauth_record as client', (join) =>
        join
          .onRef('client.id', '=', 'consent.client_id')
          .onRef('client.client_generation', '=', 'consent.client_generation')
          .on('client.model', '=', CLIENT)
          .on('client.disabled_at', 'is', null),
      )
      .where('record.model', '=', model)
      .where('record.id', '=', id)
      .where('consent.revoked_at', 'is', null)
      .select(['record.payload', 'record.consumed_at', 'record.expires_at', 'record.uid'])
      .select('client.payload as client')
      .select(['consent.scope', 'consent.created_at', 'consent.expires_at as window_ends_at'])
      .select(['consent.patient', 'consent.encounter'])
      .select(['account.id', 'account.name', 'account.role', 'account.practitioner'])
      .select('account.patient as own_patient'),
)

/**
 * Returns the patient of a token or code that still holds, whoever presents it. One that has ended or was used tells nobody: whoever found it
 * could fill the patient's log.
 */
export const findConcerned = async (db: Db, text: string, now: number): Promise<string | undefined> => {
  for (const model of [REFRESH_TOKEN, ACCESS_TOKEN, 'AuthorizationCode']) {
    const [row] = await findConsentedRecord(db, { model, id: storedId(text), grant: text })
    const isGood = row && !isSpent(row, now) && row.window_ends_at > now && fromStored(row, now, {})
    if (isGood) return row.patient ?? row.own_patient ?? undefined
  }
  return undefined
}

/** Checks whether a code or token was used, and its answer can no longer be sent again. */
const isSpent = ({ consumed_at }: { readonly consumed_at: number | null }, now: number): boolean =>
  consumed_at !== null && consumed_at <= now - GRACE

const readClientOnce = (db: Db, id: string, now: number): Promise<FoundClient | undefined> => {
  const clients = findUnitOfWork()?.readClients
  const client = clients?.get(id) ?? findClientRecord(db, id, now)
  clients?.set(id, client)
  return client
}

const findClientRecord = async (db: Db, id: string, now: number): Promise<FoundClient | undefined> => {
  const [row] = await findRecord(db, { model: CLIENT, id })
  // To the engine, a disabled application does not exist.
  if (!row || row.disabled_at !== null) return undefined
  rememberRead(`${CLIENT} ${id}`, row.payload)
  const payload = fromStored(row, now, {})
  return payload && { payload, generation: row.client_generation }
}

/** Finds the application of its own record, if it has been neither disabled nor removed since the record was made. */
const findOwner = async (
  db: Db,
  record: { readonly payload: string; readonly client_generation: string },
  now: number,
): Promise<AdapterPayload | undefined> => {
  const client = await readClientOnce(db, clientIdOf(JSON.parse(record.payload)), now)
  return client?.generation === record.client_generation ? client.payload : undefined
}

/** The Client ID in a token of an application's own, or in a pending authorization. */
const clientIdOf = ({ clientId, params }: AdapterPayload): string =>
  clientId ?? String(params?.client_id ?? '')

/** Finds a token of an application that acts for itself, limited to its registration. */
const findSystemToken = async (db: Db, id: string, now: number): Promise<AdapterPayload | undefined> => {
  const [row] = await findRecord(db, { model: SYSTEM_TOKEN, id: storedId(id) })
  const token = row && fromStored(row, now, { jti: id })
  const client = token && (await findOwner(db, row, now))
  const scope = client && registeredSystemScope(client as Registration, token)
  return scope === undefined ? undefined : { ...token, scope }
}

const findGrantRecord = async (
  { store, config }: GrantDeps,
  model: string,
  id: string,
  now: number,
): Promise<AdapterPayload | undefined> => {
  const name = storedId(id)
  const [row] = await findConsentedRecord(store.db, { model, id: name, grant: id })
  const work = findUnitOfWork()
  const usedAt = model === REFRESH_TOKEN ? (row?.consumed_at ?? undefined) : undefined
  // Decided once, because this request is answered later.
  const isRecent = usedAt !== undefined && usedAt > now - GRACE
  if (work && isRecent) work.usedAt = usedAt
  const lost = usedAt === undefined || isRecent ? undefined : await findLost(store.db, name, usedAt)
  if (lost) work?.lost.set(name, lost)
  const payload = row && fromStored(lost ? { ...row, consumed_at: null } : row, now, { jti: id })
  if (!payload) return undefined
  const { scope, created_at, patient, encounter, uid } = row
  // Whoever asks about a token that is bound to a key proves no possession of the key.
  if (model === ACCESS_TOKEN && uid !== null && payload.jkt === undefined)
    work?.operations.push(async (trx) => void (await markArrived(trx, name, uid)))
  const expires_at = endOfGrant(config, row, { created_at, expires_at: row.window_ends_at })
  const concerned = patient ?? row.own_patient ?? undefined
  if (work && isSpent(row, now) && !lost) work.concernedIfEnded ??= concerned
  else if (work) work.concerned ??= concerned
  if (model === 'Grant')
    work?.foundGrants.set(id, {
      consent: { patient, encounter, expires_at },
      account: toAccount({ ...row, patient: row.own_patient }),
    })
  return limitToConsent(payload, { scope, expires_at }, JSON.parse(row.client), now)
}

/**
 * States the end of a record by the clock that the engine reads. While the system's clock leaps, that is not ours, and the engine would
 * call a token expired that is not (T07).
 */
const inEngineTime = (payload: AdapterPayload | undefined, now: number): AdapterPayload | undefined =>
  payload?.exp === undefined
    ? payload
    : { ...payload, exp: payload.exp + Math.floor((Date.now() - now) / 1000) }

const fromStored = (
  row: { payload: string; consumed_at: number | null; expires_at: number | null },
  now: number,
  identity: { jti?: string },
): AdapterPayload | undefined => {
  if (row.expires_at !== null && row.expires_at <= now) return undefined
  const payload = JSON.parse(row.payload) as AdapterPayload
  return {
    ...payload,
    ...identity,
    ...(payload.exp !== undefined && row.expires_at !== null && { exp: Math.floor(row.expires_at / 1000) }),
    ...(payload.returnTo && { returnTo: `${payload.returnTo}${identity.jti}` }),
    ...(row.consumed_at !== null && { consumed: Math.floor(row.consumed_at / 1000) }),
  }
}

/** Removes every secret from a payload: its id and the session. Hashes a client's secret. */
const toStored = async (model: string, payload: AdapterPayload): Promise<AdapterPayload> => {
  if (model === CLIENT) {
    const secret = payload.client_secret
    return typeof secret === 'string' ? { ...payload, client_secret: await hashSecret(secret) } : payload
  }
  const { jti, ...rest } = payload
  if (model !== INTERACTION) return rest
  // The return address ends in the interaction's id, which is a secret; `fromStored` appends it again.
  const returnTo = String(rest.returnTo).replace(String(jti), '')
  // The results say which account signed in; no session exists to compare it with (`sign-in.ts`).
  const { session: _, ...authorization } = rest
  return { ...authorization, returnTo }
}
