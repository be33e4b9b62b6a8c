import type { Clock } from '../../config.ts'
import { numberOf, selectMeasures } from './measures.ts'
import type { Notifications } from './notifications.ts'
import type { Readings } from './readings.ts'
import { insufficientScope, invalidParameter, tooManyRequests, unknownAction } from './refusal.ts'
import type { Signatures } from './signatures.ts'
import type { Switches } from './switches.ts'
import type { Permission, Tokens } from './tokens.ts'

const MOST_A_MINUTE = 120
const MINUTE = 60_000

interface Call {
  readonly params: URLSearchParams
  /** The token of `Authorization: Bearer`. */
  readonly bearer: string | undefined
}

type Operation = (call: Call) => object | Promise<object>

export interface OperationDeps {
  readonly tokens: Tokens
  readonly signatures: Signatures
  readonly notifications: Notifications
  readonly readings: Readings
  readonly switches: Switches
  readonly now: Clock
}

/** The operations of the API, by service and action. Each returns the `body` of its answer, or throws a Refusal. */
export const createOperations = (deps: OperationDeps): Readonly<Record<string, Operation>> => {
  const { tokens, signatures, notifications, readings, switches, now } = deps
  const count = createLimit(now)

  const permitted =
    (answer: (permission: Permission, params: URLSearchParams) => object | Promise<object>): Operation =>
    ({ params, bearer }) => {
      const permission = tokens.use(bearer)
      count(permission.clientId)
      if (!permission.scope.split(',').includes('user.metrics')) throw insufficientScope()
      return answer(permission, params)
    }

  return {
    'oauth2.requesttoken': ({ params }) => {
      const { clientId } = signatures.authenticate(params)
      count(clientId)
      const { expires_in, userid, ...rest } = requestToken(tokens, clientId, params)
      return {
        ...rest,
        ...(switches.tokenLifetime ?? { expires_in }),
        userid: switches.userid === 'string' ? String(userid) : userid,
      }
    },
    'oauth2.revoke': ({ params }) => {
      const { clientId } = signatures.requireSigned(params)
      count(clientId)
      const userid = numberOf(params, 'userid')
      if (userid === undefined || !tokens.revoke(clientId, userid)) throw invalidParameter('userid')
      return {}
    },
    'signature.getnonce': ({ params }) => {
      const answer = signatures.getNonce(params)
      count(params.get('client_id') ?? '')
      return answer
    },
    'measure.getmeas': permitted(({ userid }, params) => {
      const { timezone, groups } = readings.of(userid)
      return selectMeasures(params, groups, { now: now(), timezone, switches })
    }),
    'user.getdevice': permitted(({ userid }) => ({ devices: readings.of(userid).devices })),
    'notify.subscribe': permitted(notifications.subscribe),
    'notify.list': permitted(notifications.list),
    'notify.revoke': permitted(notifications.end),
  }
}

const requestToken = (tokens: Tokens, clientId: string, params: URLSearchParams) => {
  switch (params.get('grant_type')) {
    case 'authorization_code':
      return tokens.redeem(params.get('code') ?? '', clientId, params.get('redirect_uri'))
    case 'refresh_token':
      return tokens.refresh(params.get('refresh_token') ?? '', clientId)
    default:
      throw invalidParameter('grant_type')
  }
}

/** Returns a function that counts an application's requests, and throws a Refusal after 120 in a minute. */
const createLimit = (now: Clock) => {
  const times = new Map<string, number[]>()
  return (clientId: string): void => {
    const recent = (times.get(clientId) ?? []).filter((time) => time > now() - MINUTE)
    const [oldest = 0] = recent
    if (recent.length >= MOST_A_MINUTE) throw tooManyRequests(Math.ceil((oldest + MINUTE - now()) / 1000))
    times.set(clientId, [...recent, now()])
  }
}

/** @throws Refusal for an action that the service does not have. */
export const findOperation = (operations: Readonly<Record<string, Operation>>, name: string): Operation => {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
  if (!operation) throw unknownAction()
  return operation
}
