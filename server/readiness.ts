/** Why a server cannot serve now, as `B/readyz` names it. */
type Unready = 'starting' | 'log-not-verified'

/** Returns the body of a 503 of `B/readyz`. @param detail one sentence. */
export const notReady = (reason: Unready, detail: string) => ({ status: 'not-ready', reason, detail })
