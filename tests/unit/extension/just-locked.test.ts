import { expect, it } from 'vitest'
import type { State } from '../../../extension/messages/state.ts'
import { justLocked } from '../../../extension/ui/state/use-worker-state.ts'

const open: State = {
  ...{ providers: [], connections: [], launched: [], place: {} },
  ...{ units: 'metric', redirectUri: '' },
}
const unlocked: State = { ...open, lock: { locked: false, by: 'pin', after: 15 } }
const locked: State = { ...open, lock: { locked: true, by: 'pin', after: 15 } }

it.each([
  ['that showed a record, when the lock closes', unlocked, locked, true],
  ['that showed a record before there was a lock', open, locked, true],
  ['that opens while locked', undefined, locked, false],
  ['that stays locked, as after a wrong PIN', locked, locked, false],
  ['when the lock opens', locked, unlocked, false],
  ['that stays open', unlocked, unlocked, false],
  ['that could not ask', unlocked, undefined, false],
])('J61 a page starts anew, or not: one %s', (_which, shown, next, expected) => {
  expect(justLocked(shown, next)).toBe(expected)
})
