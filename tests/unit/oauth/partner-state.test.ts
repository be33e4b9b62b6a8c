import { expect, it } from 'vitest'
import { createPartnerStates } from '../../../server/sign-in/partner/partner-state.ts'

it('J21 what was sealed for another company opens only with the key of now', () => {
  const keys = { forms: new Uint8Array(32).fill(1) }
  const states = createPartnerStates({ keys, clock: () => 0 })
  const sealed = states.seal('sign-in', { holder: 'a browser' })
  expect(states.open('sign-in', sealed)).toMatchObject({ holder: 'a browser' })
  keys.forms = new Uint8Array(32).fill(2)
  expect(states.open('sign-in', sealed)).toBeUndefined()
})
