import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Access, AccessKind } from '../audit/access.ts'
import { appendAccess } from '../audit/log.ts'
import type { Clock, Config } from '../config.ts'
import type { Store } from '../store/store.ts'
import { StoreUnavailable } from '../store/store.ts'
import { fhirUser, findAccountById } from './accounts.ts'
import { AlreadyTaken } from './adapter.ts'
import type { Authorization } from './authorization.ts'
import { storedId, tokenRef } from './stored-id.ts'
import { applyWrites, collectWrites, type UnitOfWork } from './unit-of-work.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
  config: Config
}

/** Which of the engine's addresses are logged. Keys and discovery are public documents. */
const LOGGED: readonly [prefix: string, kind: AccessKind][] = [
  ['/oauth/authorize', 'authorize'],
  ['/oauth/token', 'token'],
  ['/oauth/introspect', 'introspect'],
  ['/oauth/revoke', 'revoke'],
  ['/oauth/register', 'register'],
]

/**
 * Puts every request to the engine into one transaction: what it wrote, what is added to its answer, and its entry in
 * the access log, committed before the first byte of the answer leaves. No entry, no token.
 */
export const installTransaction = ({ engine, store, clock, config }: Deps): void => {
  const reasons = new WeakMap<object, string>()
  const remember = (ctx: object, error: { message: string; error?: string }) =>
    reasons.set(ctx, error.error ?? 'server_error')
  for (const event of [
    'authorization',
    'grant',
    'introspection',
    'revocation',
    'registration_create',
  ] as const) {
    engine.on(`${event}.error` as 'grant.error', remember)
  }
  engine.on('server_error', remember)
  const answered = new WeakSet<object>()
  engine.on('authorization.success', (ctx) => answered.add(ctx))

  engine.use(async (ctx, next) => {
    const kind = LOGGED.find(([prefix]) => ctx.path === prefix || ctx.path.startsWith(`${prefix}/`))?.[1]
    if (!kind || ctx.method === 'OPTIONS') return next()

    const { work } = await collectWrites(async () => {
      await next()
      // Signing in is for one authorization. The next person at this browser has to prove who they are.
      if (answered.has(ctx)) await ctx.oidc.session?.destroy()
    })
    const failed = ctx.status >= 400 || reasons.has(ctx)
    if (kind === 'token' && !failed) await addLaunchContext(ctx as KoaContextWithOIDC, store)

    const access = await accessOf(ctx as KoaContextWithOIDC, kind, reasons.get(ctx), store)
    const commit = (writes: UnitOfWork | undefined, entry: Access) =>
      store.write(async (trx) => {
        if (writes) await applyWrites(writes, trx)
        await appendAccess(trx, entry, { now: clock(), config })
      })
    try {
      // A fault of ours takes nothing from anyone: the code or token can be presented again.
      await commit(ctx.status >= 500 ? undefined : work, access)
    } catch (error) {
      if (!(error instanceof AlreadyTaken)) return unavailable(ctx, error)
      refuse(ctx, 400, { error: 'invalid_grant', error_description: 'grant request is invalid' })
      await commit(undefined, { ...access, outcome: 'refused', reason: 'already_taken' }).catch((fault) =>
        unavailable(ctx, fault),
      )
    }
  })
}

/** The launch context and the end of the window, beside the token (SMART App Launch 2.2, section 2.1.5). */
const addLaunchContext = async (ctx: KoaContextWithOIDC, store: Store): Promise<void> => {
  const grantId = ctx.oidc.entities.Grant?.jti
  if (grantId === undefined) return
  const consent = await store.db
    .selectFrom('consent')
    .select(['patient', 'expires_at'])
    .where('grant_id', '=', grantId)
    .executeTakeFirst()
  if (!consent) return
  ctx.state.patient = consent.patient
  ctx.set('Pragma', 'no-cache')
  ctx.body = {
    ...(ctx.body as object),
    ...(consent.patient !== null && { patient: consent.patient, need_patient_banner: true }),
    access_grant_expiration: new Date(consent.expires_at).toISOString(),
  }
}

const accessOf = async (
  ctx: KoaContextWithOIDC,
  kind: AccessKind,
  reason: string | undefined,
  store: Store,
): Promise<Access> => {
  const { entities } = ctx.oidc ?? { entities: {} }
  const bearer = ctx.state.authorization as Authorization | undefined
  const accountId =
    bearer?.account.id ??
    entities.Account?.accountId ??
    entities.AccessToken?.accountId ??
    entities.RefreshToken?.accountId
  const account = accountId === undefined ? undefined : await findAccountById(store, accountId)
  const user = account && fhirUser(account)
  const token = entities.AccessToken?.jti ?? entities.RefreshToken?.jti
  const patient = (ctx.state.patient as string | null | undefined) ?? account?.patient
  const refused = reason !== undefined || ctx.status >= 400
  return {
    kind,
    requestId: ctx.get('x-request-id'),
    outcome: !refused ? 'success' : ctx.status >= 500 ? 'failed' : 'refused',
    ...(refused && { reason: reason ?? `http_${ctx.status}` }),
    agent: {
      address: ctx.ip,
      ...clientOf(ctx, bearer),
      ...(account && { accountId: account.id, accountName: account.name }),
      ...(user && { fhirUser: user }),
      ...(token && { tokenRef: tokenRef(storedId(token)) }),
    },
    // The steps between are the organization's to see; the person's list has the sign-in, the decision and the token.
    patients: patient && kind !== 'authorize' ? [patient] : [],
  }
}

/** The application that asked; at registration the one through which the administrator asked. */
const clientOf = (ctx: KoaContextWithOIDC, bearer: Authorization | undefined) => {
  if (bearer) return { clientId: bearer.clientId, clientName: bearer.clientName }
  const client = ctx.oidc?.entities.Client
  return client && { clientId: client.clientId, ...(client.clientName && { clientName: client.clientName }) }
}

type Context = Pick<KoaContextWithOIDC, 'status' | 'body' | 'set' | 'remove' | 'response'>

/** Replaces an answer that may not leave: nothing of it remains, no cookie and no address. */
const refuse = (ctx: Context, status: number, body: { error: string; error_description: string }): void => {
  for (const name of ['Location', 'Set-Cookie']) ctx.remove(name)
  ctx.body = body
  ctx.status = status
}

const unavailable = (ctx: Context, error: unknown): void => {
  if (!(error instanceof StoreUnavailable)) throw error
  refuse(ctx, 503, {
    error: 'temporarily_unavailable',
    error_description: 'The request could not be recorded, so it was not carried out. Try again.',
  })
  ctx.set('Retry-After', '1')
}
