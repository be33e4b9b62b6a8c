import type { Clock } from '../../config.ts'
import { createSealer } from '../../sealed-text.ts'
import type { UpstreamSignIn } from './upstream-sign-in.ts'

/** How long a person may take at the other company, and on the page that asks for the name, in milliseconds. */
const LIFE = 15 * 60_000
/** Whoever holds the state of one purpose cannot use it for another. */
type Purpose = 'sign-in' | 'describe'

/** Who may continue: the authorization of this browser, or the browser's own sign-in. */
export interface UpstreamState {
  /** The authorization (`uid`), or a hash of the browser's cookie. */
  readonly holder: string
  /** Where a sign-in at the organization's own pages leads; absent for an authorization. */
  readonly next?: string
  /** The account that is being described. */
  readonly accountId?: string
  readonly generation?: number
}

/** Seals what a person takes along to another company and back, so that nobody else can make or read it. */
export const createUpstreamStates = ({ key, clock }: { key: Uint8Array; clock: Clock }) => {
  const sealer = createSealer(key, 'sign-in with another company')
  return {
    seal: (purpose: Purpose, state: UpstreamState): string =>
      sealer.seal(JSON.stringify({ ...state, ends: clock() + LIFE }), purpose),

    /** Returns `undefined` for what was not sealed here, and says of what was whether its time is over. */
    open: (purpose: Purpose, sealed: unknown): (UpstreamState & { readonly isLate: boolean }) | undefined => {
      if (typeof sealed !== 'string' || sealed.length > 1000) return undefined
      const text = sealer.open(sealed, purpose)
      if (text === undefined) return undefined
      const { ends, ...state } = JSON.parse(text) as UpstreamState & { ends: number }
      return { ...state, isLate: clock() >= ends }
    },
  }
}

export type UpstreamStates = ReturnType<typeof createUpstreamStates>

/** Another company with which people sign in at this organization. */
export interface Upstream {
  readonly signIn: UpstreamSignIn
  readonly states: UpstreamStates
}
