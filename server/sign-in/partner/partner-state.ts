import type { Clock } from '../../config.ts'
import type { Keys } from '../../keys/keys.ts'
import { createSealer } from '../../sealed-text.ts'
import type { PartnerSignIn } from './partner-sign-in.ts'

/** How long a person may spend at the other company, and on the page that asks for the name, in milliseconds. */
const LIFE = 15 * 60_000
/** Characters of a sealed state. One with the longest way on (`NEXT` in `own-sign-in`) has 3,100. */
const LONGEST = 4_000
/** A state is valid for one purpose only. */
type Purpose = 'sign-in' | 'describe'

/** What may continue: the authorization in this browser, or the browser's own sign-in. */
export interface PartnerState {
  /** The authorization (`uid`), or a hash of the browser's cookie. */
  readonly holder: string
  /** The page to open after a sign-in at the organization's own pages; absent for an authorization. */
  readonly next?: string | undefined
  /** The account whose name is still missing. */
  readonly accountId?: string
  readonly generation?: number
  /** When it ends, in milliseconds since 1970; absent for a new one. */
  readonly ends?: number | undefined
}

/** Seals the data that a person's browser takes to another company and back, so that nobody else can create or read it. */
export const createPartnerStates = ({ keys, clock }: { keys: Pick<Keys, 'forms'>; clock: Clock }) => {
  const sealer = () => createSealer(keys.forms, 'sign-in with another company')
  return {
    seal: (purpose: Purpose, state: PartnerState): string =>
      sealer().seal(JSON.stringify({ ...state, ends: state.ends ?? clock() + LIFE }), purpose),

    /** Returns `undefined` for a text that was not sealed here. Otherwise also returns whether it has expired. */
    open: (
      purpose: Purpose,
      sealedState: unknown,
    ): (PartnerState & { readonly isLate: boolean }) | undefined => {
      if (typeof sealedState !== 'string' || sealedState.length > LONGEST) return undefined
      const text = sealer().open(sealedState, purpose)
      if (text === undefined) return undefined
      const state = JSON.parse(text) as PartnerState & { ends: number }
      return { ...state, isLate: clock() >= state.ends }
    },
  }
}

type PartnerStates = ReturnType<typeof createPartnerStates>

/** Another company with which people can sign in at this organization. */
export interface Partner {
  readonly signIn: PartnerSignIn
  readonly states: PartnerStates
}
