import { type Code, redeem, refresh } from '../fixtures/token-requests.ts'

/** A connected application, with its newest tokens. */
interface Chain {
  refreshToken: string
  accessToken: string
}

/** Applications that request tokens until their server is gone, and remember every answer. */
export interface TokenLoad {
  /** Redeems these codes and refreshes, until an answer fails to come. */
  run(base: string, codes: readonly Code[]): Promise<void>
  /** Completes what the previous server left open: requests whose answers were lost are sent again. */
  settle(base: string): Promise<void>
  /** The newest tokens of every application. */
  readonly chains: readonly Readonly<Chain>[]
  /** The access tokens of all answers that arrived. */
  readonly acknowledged: ReadonlySet<string>
  /** Faults, as sentences. */
  readonly faults: readonly string[]
}

/** The number of applications that refresh at once; older ones rest. */
const BUSY = 8

export const createTokenLoad = (): TokenLoad => {
  const chains: Chain[] = []
  const acknowledged = new Set<string>()
  const faults: string[] = []
  /** By refresh token, the token that replaced it. */
  const replacements = new Map<string, string>()
  const redeemed = new Set<string>()
  /** Those whose answers were lost. */
  let open: Code[] = []
  let interrupted: Chain[] = []

  /** Whether the answer arrived. */
  const redeemOne = async (base: string, code: Code): Promise<boolean> => {
    const { status, body } = await redeem(base, code)
    if (status === 0 || status === 503) {
      open.push(code)
      return false
    }
    if (status === 200) {
      if (redeemed.has(code.code)) faults.push('a code was redeemed twice')
      redeemed.add(code.code)
      const { access_token: accessToken = '', refresh_token: refreshToken = '' } = body
      acknowledged.add(accessToken)
      chains.push({ accessToken, refreshToken })
    }
    return true
  }

  const rotate = async (base: string, chain: Chain): Promise<boolean> => {
    const token = chain.refreshToken
    const { status, body } = await refresh(base, token)
    if (status === 0 || status === 503) return false
    if (status !== 200) {
      faults.push(`an acknowledged refresh token was answered with ${status} ${body.error}`)
      return false
    }
    const { access_token: accessToken = '', refresh_token: refreshToken = '' } = body
    const before = replacements.get(token)
    if (before !== undefined && before !== refreshToken) faults.push('a refresh token was rotated twice')
    replacements.set(token, refreshToken)
    acknowledged.add(accessToken)
    Object.assign(chain, { accessToken, refreshToken })
    return true
  }

  return {
    run: async (base, codes) => {
      const waiting = [...codes]
      const busy = chains.slice(-BUSY)
      const redeemAll = async () => {
        for (let code = waiting.pop(); code; code = waiting.pop()) await redeemOne(base, code)
      }
      const refreshOn = async (chain: Chain) => {
        while (await rotate(base, chain));
        interrupted.push(chain)
      }
      await Promise.all([redeemAll(), redeemAll(), ...busy.map(refreshOn)])
    },
    settle: async (base) => {
      const codes = open
      open = []
      // Either the code was not redeemed, or the answer was lost. In that case it is spent, and its tokens are gone.
      for (const code of codes) await redeemOne(base, code)
      const chains = interrupted
      interrupted = []
      await Promise.all(
        chains.map(async (chain) => {
          if (!(await rotate(base, chain))) faults.push('an application was left without a token')
        }),
      )
    },
    chains,
    acknowledged,
    faults,
  }
}
