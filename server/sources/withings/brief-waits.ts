import { setTimeout as sleep } from 'node:timers/promises'
import { faultOf } from '../../errors.ts'

/**
 * How long a page waits until Withings has redeemed a code, and then, or without one, for all other work there together, in milliseconds. Both
 * together are less than `LONGEST_SILENCE`, after which the person would see an error of the browser instead of the page.
 */
export const LONGEST_REDEEMING = 5_000
export const LONGEST_WAIT = 3_000

interface BriefWaitsDeps {
  /** Reports to the operator. */
  readonly report: (facts: object, sentence: string) => void
}

/** Work at Withings for which pages wait briefly, and which then goes on. */
export const createBriefWaits = ({ report }: BriefWaitsDeps) => {
  const running = new Set<Promise<void>>()
  return {
    /** Waits for work, but not for long. Rethrows its error; a later one is reported. */
    waitBriefly: async (work: Promise<void>): Promise<void> => {
      let isLate = false
      const rest: Promise<void> = work
        .catch((error: unknown) => {
          if (isLate) report(faultOf(error), 'work at Withings failed after its page was sent')
        })
        .finally(() => running.delete(rest))
      running.add(rest)
      await Promise.race([work, sleep(LONGEST_WAIT, undefined, { ref: false })])
      isLate = true
    },

    /** Waits until all of it is done. */
    close: async (): Promise<void> => {
      await Promise.all(running)
    },
  }
}
