import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { readableName } from '../../../values/readable-name.ts'
import type { ProviderForm } from '../../messages/administration.ts'
import { ProblemError } from '../../messages/errors.ts'
import { inAscii, requireAddress, requireFhirBase, requireTypedAddress } from '../../net/address.ts'
import { ownRedirectUri } from './redirect-uri.ts'

/** A provider's form as it is stored. */
export type CheckedForm = ReturnType<typeof readForm>

/**
 * Checks a form's fields and returns them as they are stored.
 *
 * @throws ProblemError `invalid-input` with the `field`, and what `requireAddress` throws.
 */
export const readForm = (form: Omit<ProviderForm, 'id' | 'clientSecret'>) => ({
  // Checks the length first, because `readableName` cuts a longer name.
  name: requireText(readableName(requireText(form.name, 'name', 100), 100), 'name', 100),
  clientId: requireText(form.clientId, 'clientId', 500),
  fhirBase: requireFhirBase(inAscii(form.fhirBase)),
  authorizationEndpoint: requireAddress(inAscii(form.authorizationEndpoint), 'authorizationEndpoint').href,
  redirectUri: readRedirectUri(form.redirectUri),
})

const requireText = (text: string, field: string, maxLength: number): string => {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > maxLength) throw new ProblemError('invalid-input', { field })
  return trimmed
}

/**
 * Returns a relay's address, and an empty text for this browser's own, which follows from the FHIR base and differs per browser.
 */
const readRedirectUri = (text: string): string => {
  const trimmed = text.trim()
  if (trimmed === '' || parseAddress(trimmed)?.origin === requireUrl(ownRedirectUri()).origin) return ''
  return requireTypedAddress(trimmed, 'redirectUri')
}
