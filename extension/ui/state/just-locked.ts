import type { State } from '../../messages/state.ts'

/** Checks whether the lock has closed since a page showed a state, so that the page may hold what must not stay in memory. */
export const justLocked = (shown: State | undefined, next: State | undefined): boolean =>
  next?.lock?.locked === true && shown !== undefined && !shown.lock?.locked
