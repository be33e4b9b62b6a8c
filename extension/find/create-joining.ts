import { ask } from '../messages/ask.ts'
import type { AddedProvider, FoundOrganization, NewProvider } from '../messages/brands.ts'

type Given = Pick<NewProvider, 'clientId' | 'signInHost'>

/**
 * Returns a function that takes the next step from a found organization to a signed-in person, and returns whether the person is
 * signed in. Each step sends again what they agreed to and typed in the earlier ones, because the worker keeps none of it.
 *
 * @throws ProblemError what `add-provider` and `sign-in` throw.
 */
export const createJoining = ({ name, fhirBase }: Pick<FoundOrganization, 'name' | 'fhirBase'>) => {
  let answers: Given = {}
  return async (more: Given, onAdded: (step: AddedProvider) => void): Promise<boolean> => {
    answers = { ...answers, ...more }
    const added = await ask('add-provider', { name, fhirBase, ...answers })
    onAdded(added)
    if (added.step !== 'sign-in') return false
    const connectionId = await ask('sign-in', { providerId: added.provider.id, purpose: 'record' })
    // Otherwise the record pages would open the record of whoever signed in last.
    await ask('remember-place', { place: { connectionId } })
    return true
  }
}
