import { findSnapshot } from '../messages/snapshot.ts'

/** The state of the first frame, requested before the rest of the popup's code runs, so `main` imports this file first. */
export const firstState = findSnapshot()
