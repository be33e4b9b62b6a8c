import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import type { Config } from '../../config.ts'
import { INTERACTION } from '../../grants/accounts.ts'
import { keyOfProof, PROOF } from '../../grants/dpop.ts'
import { AlreadyTaken } from '../../grants/stored-id.ts'
import type { Incident } from '../../pages/account/account-page.ts'
import type { Db } from '../../store/schema.ts'
import { StoreUnavailable } from '../../store/store.ts'
import { isBusy } from '../../turns.ts'
import { launchMembers } from '../launch/launch-context.ts'
import { CLIENT } from '../seam/compared-record.ts'
import { requireAdmitted, type StepContext } from '../seam/endpoints.ts'
import {
  applyProofs,
  applyWrites,
  collectWrites,
  hasWrites,
  settleAll,
  type UnitOfWork,
} from '../seam/unit-of-work.ts'
import { endGrant, recordEndReason } from '../terms/grants.ts'
import { invalidGrant } from './endpoint-steps.ts'
import { accessOf } from './engine-access.ts'
import { findAnswer, GRACE, type PresentedRefresh, storeAnswer } from './sealed-replay.ts'

export interface EngineTransactionDeps extends RecordingDeps {
  engine: Provider
  /** Renders the page for an authorization that another request has already continued. */
  overPage: (ctx: Pick<KoaContextWithOIDC, 'get'>) => string
}

/** Most requests at once that are told to try again and are yet to be counted; further ones are told, and not counted. */
const MOST_COUNTING = 500

/**
 * Runs every request to the engine in one transaction: its writes and its entry in the access log are committed before
 * the first byte of the answer leaves. Without the entry, no token is issued.
 */
export const installTransaction = ({
  engine,
  store,
  clock,
  config,
  recorder,
  overPage,
}: EngineTransactionDeps): void => {
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
  const unavailableErrors = new WeakMap<object, unknown>()
  engine.on('server_error', (ctx, error) => {
    if (isUnavailable(error)) unavailableErrors.set(ctx, error)
  })
  /** The grant that the engine ended because a spent code or refresh token was presented again. */
  const endedGrants = new WeakMap<object, string>()
  engine.on('grant.revoked', (ctx, grantId) => endedGrants.set(ctx, grantId))

  let counting = 0
  /** The answer does not wait for it, because what is busy may be the store. */
  const countBusy = async (ctx: StepContext): Promise<void> => {
    if (counting >= MOST_COUNTING) return
    counting += 1
    try {
      const request = { id: ctx.get('x-request-id'), ip: ctx.ip }
      await recorder.recordRefusal(request, requireAdmitted(ctx).endpoint.kind ?? 'other', 'busy')
    } finally {
      counting -= 1
    }
  }
  engine.use(async (ctx, next) => {
    const report = (error: unknown) => engine.emit('server_error', ctx as KoaContextWithOIDC, error as Error)
    await next().catch((error: unknown) => {
      if (isBusy(error)) void countBusy(ctx).catch(report)
      // The engine reports what it met itself.
      if (error instanceof StoreUnavailable && !unavailableErrors.has(ctx)) report(error)
      answerUnavailable(ctx, error)
    })
  })
  engine.use(async (context, next) => {
    const { kind } = requireAdmitted(context).endpoint
    if (!kind) return next()
    const ctx = context as KoaContextWithOIDC

    const { work } = await collectWrites(async () => {
      await next()
      if (kind === 'token' && reasons.get(ctx) === 'invalid_grant') await spendCode(ctx)
    })
    const fault = unavailableErrors.get(ctx)
    if (fault) throw fault
    const isFailure = ctx.status >= 400 || reasons.has(ctx)
    const refresh = kind === 'token' ? await presentedRefresh(ctx) : undefined
    if (kind === 'token' && !isFailure) addLaunchContext(ctx, work, config)
    const entryOf = async (reason: string | undefined): Promise<LoggedAccess> => ({
      ...(await accessOf(ctx, {
        ...{ kind, reason, work, store, now: clock() },
        hasEndedGrant: endedGrants.has(ctx),
      })),
      ...(refresh && {
        details: {
          renewed: 'true',
          ...(work.lost.size > 0 && reason === undefined && !isFailure && { replaced: 'true' }),
        },
      }),
    })
    const entry = await entryOf(reasons.get(ctx))
    const commit = (access: LoggedAccess, write?: (trx: Db) => Promise<void>) =>
      write
        ? store.write(async (trx) => {
            await write(trx)
            // Dated only now, because a write may wait for others.
            await recorder.append(trx, access)
          })
        : recorder.record(access)
    /** Repeats the answer to a refresh token that was used a moment ago, at `since` or later; returns false when there is none. */
    const replay = async (since: number): Promise<boolean> => {
      const answer = refresh && (await findAnswer(store, refresh, since))
      if (!answer) return false
      const { reason: _, ...access } = entry
      const entryOfReplay: LoggedAccess = {
        ...access,
        outcome: 'success',
        details: { renewed: 'true', replayed: 'true' },
      }
      await commit(entryOfReplay, (trx) => applyProofs(work, trx))
      ctx.status = 200
      ctx.body = answer
      return true
    }

    const settle = async (): Promise<void> => {
      const endedGrant = kind === 'token' && isFailure ? endedGrants.get(ctx) : undefined
      if (endedGrant && work.usedAt !== undefined && (await replay(work.usedAt))) return
      const reason: Incident['because'] = refresh ? 'refresh_reuse_detected' : 'code_reuse_detected'
      const access = endedGrant ? { ...entry, reason } : entry
      // After a server error nothing is used up: the code or token can be presented again.
      if (ctx.status >= 500 || !(hasWrites(work) || endedGrant)) return commit(access)
      // A refresh that fails must not spend the token, or the next one would look like a thief's.
      const apply = refresh && isFailure && !endedGrant ? applyProofs : applyWrites
      await commit(access, (trx) =>
        settleAll([
          apply(work, trx),
          endedGrant && recordEndReason(trx, endedGrant, reason),
          refresh && !isFailure && storeAnswer(trx, refresh, ctx.body as object, clock()),
        ]),
      )
    }
    const answerTaken = async (error: unknown): Promise<void> => {
      if (!(error instanceof AlreadyTaken)) throw error
      // Made again, because the sender may be somebody else than the person whom the answer was for.
      const refusal = () => entryOf('already_taken')
      if (error.model === INTERACTION) {
        refuse(ctx, 400, overPage(ctx))
        ctx.type = 'html'
        return commit(await refusal())
      }
      if (error.model === PROOF) {
        refuseProof(ctx)
        return commit(await refusal())
      }
      if (error.model === CLIENT) {
        refuse(ctx, 409, {
          error: 'invalid_request',
          error_description:
            'The registration was changed by another request at the same time. Read it again.',
        })
        return commit(await refusal())
      }
      if (await replay(clock() - GRACE)) return
      refuse(ctx, 400, invalidGrant(ctx.oidc?.params?.grant_type))
      // The first request with this code may have been a thief's, so its grant ends (RFC 6749, section 4.1.2).
      const grantId = ctx.oidc.entities.AuthorizationCode?.grantId
      await commit(await refusal(), async (trx) => {
        await applyProofs(work, trx)
        if (!grantId) return
        await endGrant(trx, grantId, clock())
        await recordEndReason(trx, grantId, 'code_reuse_detected')
      })
    }
    await settle()
      .catch(answerTaken)
      // Runs again if the refusal's own commit finds that the proof was used before as well.
      .catch(answerTaken)
  })
}

const presentedRefresh = async (ctx: KoaContextWithOIDC): Promise<PresentedRefresh | undefined> => {
  // Absent when the request did not reach the engine.
  const { params, client } = ctx.oidc ?? {}
  const token = params?.refresh_token
  if (params?.grant_type !== 'refresh_token' || typeof token !== 'string' || !client) return undefined
  const key = await keyOfProof(ctx.get('dpop'))
  const { grantId } = ctx.oidc.entities.RefreshToken ?? {}
  return { token, grantId, clientId: client.clientId, scope: String(params.scope ?? ''), ...(key && { key }) }
}

/** Adds the launch context and the end of the window to the token response (SMART App Launch 2.2, section 2.1.5). */
const addLaunchContext = (ctx: KoaContextWithOIDC, { foundGrants }: UnitOfWork, config: Config): void => {
  const consent = foundGrants.get(ctx.oidc.entities.Grant?.jti ?? '')?.consent
  if (!consent) return
  ctx.state.patient = consent.patient
  ctx.set('Pragma', 'no-cache')
  ctx.body = {
    ...(ctx.body as object),
    ...launchMembers(config, consent),
    access_grant_expiration: new Date(consent.expires_at).toISOString(),
  }
}

type Context = Pick<KoaContextWithOIDC, 'status' | 'body' | 'set' | 'remove' | 'response'>

/** Replaces the engine's answer with a refusal, and removes its cookies and redirect address. */
const refuse = (
  ctx: Context,
  status: number,
  body: string | { error: string; error_description: string },
): void => {
  for (const name of ['Location', 'Set-Cookie']) ctx.remove(name)
  ctx.body = body
  ctx.status = status
}

/** Refuses a client assertion or DPoP proof whose `jti` was used before (RFC 7523 section 3, RFC 9449 section 11.1). */
const refuseProof = (ctx: KoaContextWithOIDC): void => {
  const assertion = ctx.oidc?.params?.client_assertion !== undefined
  const error_description = `the ${assertion ? 'client assertion' : 'DPoP proof'} was used before`
  refuse(ctx, assertion ? 401 : 400, {
    error: assertion ? 'invalid_client' : 'invalid_dpop_proof',
    error_description,
  })
}

const isUnavailable = (error: unknown): boolean => error instanceof StoreUnavailable || isBusy(error)

const answerUnavailable = (ctx: Context, error: unknown): void => {
  if (!isUnavailable(error)) throw error
  const why = error instanceof StoreUnavailable ? 'The request could not be recorded' : 'The server is busy'
  refuse(ctx, 503, {
    error: 'temporarily_unavailable',
    error_description: `${why}, so it was not carried out. Try again.`,
  })
  ctx.set('Retry-After', '1')
}

/**
 * Spends a code after a failed redemption in its own application's name: a thief without the `code_verifier` can guess only
 * once (A06). Another application's attempt spends nothing, so that it cannot end a person's sign-in (A18).
 */
const spendCode = async ({ oidc, state }: KoaContextWithOIDC): Promise<void> => {
  // Absent when the request did not reach the engine.
  const { params, client } = oidc ?? {}
  const value = params?.code
  if (params?.grant_type !== 'authorization_code' || typeof value !== 'string' || !client) return
  const code = await oidc.provider.AuthorizationCode.find(value)
  if (code?.clientId !== client.clientId) return
  // The access log needs the account, which the engine does not set when it refuses.
  state.accountId = code.accountId
  if (code.isValid) await code.consume()
}
