import { holdRequests } from '../messages/ask.ts'
import { findSnapshot } from '../messages/snapshot.ts'

/** The state of the first frame, requested before the rest of the popup's code runs, so `main` imports this file first. */
export const firstState = findSnapshot()

/** Milliseconds. A page in the background has no frames. */
const LONGEST_WAIT = 100

const firstPaint = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve))
    setTimeout(resolve, LONGEST_WAIT)
  })

// Without a snapshot, the worker is asked as soon as that is known.
holdRequests(firstState.then((state) => state && firstPaint()))
