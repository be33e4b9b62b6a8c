import { ADDRESSES, renewals } from '../fakes/mock-provider.ts'
import { alter, expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

test('J58 what an organization grants beyond the request is not used, and given back', async ({
  popup,
  mock,
}) => {
  const granted = 'openid fhirUser offline_access launch/patient patient/*.cruds client.register system/*.rs'
  alter(mock, ADDRESSES.token, () => ({ scope: granted }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const sessions = Object.values(Object((await stored(popup, 'session')).sessions))
  expect(sessions).toMatchObject([{ scope: 'patient/*.rs' }])
  expect(renewals(mock)).toEqual([mock.given.refresh[0]])
  const narrowed = mock.requestsTo(ADDRESSES.token).map(({ form }) => form.get('scope'))
  expect(narrowed).toEqual([null, 'openid fhirUser offline_access launch/patient patient/*.rs'])
  const revoked = mock.requestsTo(ADDRESSES.revoke).map(({ form }) => form.get('token'))
  expect(revoked).toEqual([mock.given.access[0]])
  const tokens = mock.requestsTo(ADDRESSES.observations).map(({ headers }) => headers.authorization)
  expect(new Set(tokens)).toEqual(new Set([`Bearer ${mock.given.access[1]}`]))
})
