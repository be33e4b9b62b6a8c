import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, WithingsSource } from '../../config.ts'
import { readSecret } from '../../files/read-secret.ts'
import type { FileRefused } from '../../files/read-text-file.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { readAtMost } from '../../read-at-most.ts'
import type { Health } from '../transport/upstream.ts'
import { LONGEST_REDEEMING } from './brief-waits.ts'
import { type MeasurePage, numberIn, parseAnswer, readMeasurePage, textIn } from './read-measures.ts'
import type { Purpose } from './request-budget.ts'
import { errorOf, revokeErrorOf, tokenErrorOf, WithingsError } from './withings-error.ts'

/** The longest wait for one answer for which no page waits, in milliseconds. */
const PATIENCE = 8_000
/** How often Withings is asked whether it answers again, in milliseconds. */
const PROBE_INTERVAL = 30_000
/** The most characters of one answer. */
const LARGEST = 4_000_000

/** Withings' answer to a code or a refresh token. */
export interface TokenPair {
  readonly userid: string
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds; 0 if Withings does not say. */
  readonly expiresIn: number
}

/** An access token or refresh token, and the patient whose readings it is for, because each has a share of the requests. */
export interface WithingsAccess {
  readonly patient: string
  readonly token: string
}

export type WithingsClient = ReturnType<typeof createWithingsClient>

interface ClientDeps {
  readonly source: WithingsSource
  readonly clock: Clock
  /** Counts the requests of a purpose. @throws WithingsError `wait` beyond the limits of all processes together. */
  readonly take: (purpose: Purpose) => Promise<void>
}

type Form = Readonly<Record<string, string>>

interface CallOptions {
  readonly bearer?: string | undefined
  /** Absent if the request was counted before. */
  readonly purpose?: Purpose
  readonly toError?: typeof tokenErrorOf
  readonly patience?: number
}

/** The operations of Withings' API that Carekey needs. Each throws a WithingsError when it fails. */
export const createWithingsClient = ({ source, clock, take }: ClientDeps) => {
  const { apiUrl, clientId } = source
  const ending = new AbortController()
  /** The last request had no answer of use. */
  let isAway = false
  /** The last request that needed this organization's own secret was refused, or the secret could not be read. */
  let isRefused = false
  const state = (): Health => (isAway ? 'away' : isRefused ? 'refused' : 'working')
  let probedAt = Number.NEGATIVE_INFINITY

  const readOwnSecret = () =>
    readSecret(source.clientSecretFile).catch((cause: FileRefused) => {
      isRefused = true
      throw new WithingsError('mistake', cause.message, 0, cause)
    })

  const call = async (
    path: string,
    form: Form,
    { bearer, purpose, toError = errorOf, patience = PATIENCE }: CallOptions,
  ): Promise<Json> => {
    const { action = '' } = form
    if (purpose) await take(purpose)
    const { status, body, error } = await post(`${apiUrl}${path}`, form, { bearer, patience })
      .then((text) => readStatus(action, text))
      .catch((failure: WithingsError) => {
        if (failure.fault === 'away') isAway = true
        throw failure
      })
    const refusal =
      status === 0 ? undefined : toError(action, status, numberIn(body.wait_seconds) || undefined, error)
    if (refusal?.fault !== 'wait') {
      isAway = false
      // An answer to a person's token shows nothing of the secret.
      if (bearer === undefined) isRefused = refusal !== undefined && refusal.fault !== 'ended'
    }
    if (refusal) throw refusal
    return body
  }

  const post = async (
    url: string,
    form: Form,
    { bearer, patience }: Pick<CallOptions, 'bearer'> & { readonly patience: number },
  ): Promise<string> => {
    const { action = '' } = form
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
        // A redirect would take secrets to another address.
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(patience), ending.signal]),
      })
      if (response.status === 429) {
        await response.body?.cancel()
        throw errorOf(action, 601, Number(response.headers.get('retry-after')) || undefined)
      }
      if (response.status === 200) {
        const text = await readAtMost(response.body ?? [], LARGEST)
        if (!text) throw new WithingsError('away', "Withings' answer is too long.")
        return text.toString()
      }
      await response.body?.cancel()
      throw new WithingsError('away', `Withings answered ${action} with HTTP ${response.status}.`)
    } catch (error) {
      if (error instanceof WithingsError) throw error
      throw new WithingsError('away', `Withings did not answer ${action}.`)
    }
  }

  const requestToken = async (form: Form, options: CallOptions): Promise<TokenPair> => {
    const body = await call(
      '/v2/oauth2',
      { action: 'requesttoken', client_id: clientId, client_secret: await readOwnSecret(), ...form },
      { ...options, toError: tokenErrorOf },
    )
    const { access_token, refresh_token, expires_in } = body
    // Withings sent it as text until August 2026, and sends a number since then.
    const userid = textIn(body.userid)
    const isUserId = /^\d{1,20}$/.test(userid)
    if (!isUserId || !isToken(access_token) || !isToken(refresh_token))
      throw new WithingsError('away', "Withings' answer to requesttoken has no tokens.")
    // Whole seconds, because they become a row.
    const expiresIn = Math.min(Math.max(Math.floor(numberIn(expires_in)) || 0, 0), 86_400)
    return { userid, accessToken: access_token, refreshToken: refresh_token, expiresIn }
  }

  const sign = async (action: string, last: string): Promise<string> =>
    createHmac('sha256', await readOwnSecret())
      .update([action, clientId, last].join(','))
      .digest('hex')

  /** Returns what signs `revoke`. Both are counted here, because the one is of no use without the other. */
  const getNonce = async (userid: string): Promise<string> => {
    const timestamp = String(Math.floor(clock() / 1000))
    const body = await call(
      '/v2/signature',
      { action: 'getnonce', client_id: clientId, timestamp, signature: await sign('getnonce', timestamp) },
      { purpose: { endOf: userid } },
    )
    const nonce = textIn(body.nonce)
    if (nonce === '') throw new WithingsError('away', "Withings' answer to getnonce has none.")
    return nonce
  }

  return {
    getNonce,

    /** Says whether Withings works. Asks it only while its last answer was of no use. */
    health: async (): Promise<Health> => {
      if (state() !== 'working' && performance.now() - probedAt > PROBE_INTERVAL) {
        probedAt = performance.now()
        await getNonce('readiness').catch(() => undefined)
      }
      return state()
    },

    redeem: (code: string, redirectUri: string): Promise<TokenPair> =>
      requestToken(
        { grant_type: 'authorization_code', code, redirect_uri: redirectUri },
        { purpose: 'sign-in', patience: LONGEST_REDEEMING },
      ),

    refresh: ({ patient, token }: WithingsAccess): Promise<TokenPair> =>
      requestToken({ grant_type: 'refresh_token', refresh_token: token }, { purpose: { patient } }),

    /**
     * Reads a page of readings that were made or edited since then.
     *
     * @param since `updatetime` of an earlier answer; if absent, everything is read.
     */
    getMeasures: async (
      access: WithingsAccess,
      { types, since, offset }: { types: readonly number[]; since?: number; offset: number },
    ): Promise<MeasurePage> => {
      const form = {
        action: 'getmeas',
        meastypes: types.join(','),
        category: '1',
        lastupdate: String(since ?? 0),
        ...(offset > 0 && { offset: String(offset) }),
      }
      return readMeasurePage(await call('/measure', form, reading(access)), offset)
    },

    /** Ends a person's permission at Withings. @throws WithingsError `ended` if there is no permission any more. */
    revoke: async (userid: string, nonce: string): Promise<void> => {
      const form = { action: 'revoke', client_id: clientId, userid, nonce }
      const signature = await sign('revoke', nonce)
      await call('/v2/oauth2', { ...form, signature }, { toError: revokeErrorOf })
    },

    /** Asks Withings to notify `callbackurl` about new readings of a kind: 1 weight, 4 blood pressure. */
    subscribe: async (access: WithingsAccess, callbackurl: string, appli: 1 | 4): Promise<void> => {
      await call(
        '/notify',
        { action: 'subscribe', callbackurl, appli: String(appli), comment: 'Carekey' },
        reading(access),
      )
    },

    /** Ends such a subscription. */
    unsubscribe: async (access: WithingsAccess, callbackurl: string, appli: 1 | 4): Promise<void> => {
      await call('/notify', { action: 'revoke', callbackurl, appli: String(appli) }, reading(access))
    },

    /** Waits for work of another process. @throws WithingsError `away` once this one has ended. */
    pause: (ms: number): Promise<void> =>
      sleep(ms, undefined, { signal: ending.signal }).catch(() => {
        throw new WithingsError('away', 'The server stops.')
      }),

    /** Aborts requests and pauses, also those that begin later, as if Withings did not answer. */
    end: (): void => ending.abort(),
  }
}

const readStatus = (action: string, text: string) => {
  const answer = parseAnswer(text)
  if (!isObject(answer) || typeof answer.status !== 'number' || !isObject(answer.body ?? {}))
    throw new WithingsError('away', `Withings' answer to ${action} makes no sense.`)
  return { status: answer.status, body: (answer.body ?? {}) as Json, error: textIn(answer.error) }
}

const reading = ({ patient, token }: WithingsAccess) => ({ bearer: token, purpose: { patient } })

const isToken = (value: unknown): value is string =>
  typeof value === 'string' && /^[\x21-\x7e]{1,2000}$/.test(value)
