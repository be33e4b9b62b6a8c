import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../config.ts'
import { invalidParameter, invalidToken } from './refusal.ts'
import type { State, TokenPair } from './state.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const CODE_LIFE = 30 * SECOND
const ACCESS_LIFE = 3 * HOUR
const REFRESH_LIFE = 365 * 24 * HOUR
/** How long a refresh token outlives the issuance of its successor, unless that one's access token is used first. */
const OVERLAP = 8 * HOUR

/** What a person lets an application read. */
export interface Permission {
  readonly clientId: string
  readonly userid: number
  readonly scope: string
}

interface Code extends Permission {
  readonly redirectUri: string
  readonly ends: number
}

export type Tokens = ReturnType<typeof createTokens>

/**
 * Codes and tokens. Refresh tokens rotate by Withings' rule: one ends 8 hours after its successor was issued, or as soon as the
 * successor's access token is used. If a refresh token was used twice, the pair that is used first remains.
 */
export const createTokens = ({ state, now, save }: { state: State; now: Clock; save: () => void }) => {
  const codes = new Map<string, Code>()
  const isAlive = (pair: TokenPair) => now() < pair.issued + ACCESS_LIFE || now() < pair.refreshEnds

  const issue = (permission: Permission, former?: TokenPair) => {
    const access_token = randomBytes(20).toString('hex')
    const refresh_token = randomBytes(20).toString('hex')
    const id = Math.max(0, ...state.pairs.map((pair) => pair.id)) + 1
    const pair: TokenPair = {
      id,
      root: former?.root ?? id,
      ...(former && { parent: former.id }),
      clientId: permission.clientId,
      userid: permission.userid,
      scope: permission.scope,
      access: hash(access_token),
      refresh: hash(refresh_token),
      issued: now(),
      refreshEnds: now() + REFRESH_LIFE,
      used: false,
    }
    state.pairs = [...state.pairs.filter(isAlive), pair]
    save()
    return {
      userid: permission.userid,
      access_token,
      refresh_token,
      expires_in: ACCESS_LIFE / SECOND,
      scope: permission.scope,
      csrf_token: randomBytes(24).toString('base64url'),
      token_type: 'Bearer',
    }
  }

  return {
    issueCode: (permission: Permission, redirectUri: string): string => {
      const code = randomBytes(20).toString('hex')
      codes.set(code, { ...permission, redirectUri, ends: now() + CODE_LIFE })
      return code
    },

    /** @throws Refusal for a code that belongs to another application, is more than 30 seconds old, or was used before. */
    redeem: (codeText: string, clientId: string, redirectUri: string | null) => {
      const code = codes.get(codeText)
      if (!code || code.clientId !== clientId) throw invalidParameter('code')
      codes.delete(codeText)
      if (now() >= code.ends) throw invalidParameter('code')
      if (redirectUri !== code.redirectUri) throw invalidParameter('redirect_uri')
      return issue(code)
    },

    /** @throws Refusal for a refresh token that has ended. */
    refresh: (token: string, clientId: string) => {
      const former = state.pairs.find((pair) => pair.refresh === hash(token))
      if (!former || former.clientId !== clientId || now() >= former.refreshEnds)
        throw invalidParameter('refresh_token')
      former.refreshEnds = Math.min(former.refreshEnds, now() + OVERLAP)
      return issue(former, former)
    },

    /** Returns the permission that an access token stands for. Its first use ends the earlier refresh tokens. @throws Refusal */
    use: (token: string | undefined): Permission => {
      const pair = state.pairs.find(({ access }) => token !== undefined && access === hash(token))
      if (!pair || now() >= pair.issued + ACCESS_LIFE) throw invalidToken()
      if (pair.used) return pair
      pair.used = true
      for (const other of state.pairs) {
        const isBefore = other.id < pair.id || other.parent === pair.parent
        if (other !== pair && other.root === pair.root && isBefore)
          other.refreshEnds = Math.min(other.refreshEnds, now())
      }
      save()
      return pair
    },

    /** Ends all tokens that one person gave one application. Returns whether there were any. */
    revoke: (clientId: string, userid: number): boolean => {
      const isOf = (pair: TokenPair) => pair.clientId === clientId && pair.userid === userid
      const hadTokens = state.pairs.some((pair) => isOf(pair) && isAlive(pair))
      state.pairs = state.pairs.filter((pair) => !isOf(pair))
      state.subscriptions = state.subscriptions.filter(
        (each) => each.clientId !== clientId || each.userid !== userid,
      )
      save()
      return hadTokens
    },

    /** The applications to which one person has given access. */
    clientsOf: (userid: number): string[] => [
      ...new Set(
        state.pairs.filter((pair) => pair.userid === userid && isAlive(pair)).map((pair) => pair.clientId),
      ),
    ],
  }
}

const hash = (token: string): string => createHash('sha256').update(token).digest('hex')
