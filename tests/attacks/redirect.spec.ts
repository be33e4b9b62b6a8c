import { ADDRESSES } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'

// The fixture `evil` checks that the other origin got no request, with or without a token.

for (const status of [301, 302, 303, 307, 308]) {
  test(`E09 a read that is redirected with ${status} sends its token nowhere`, async ({
    popup,
    mock,
    evil,
  }) => {
    mock.script(ADDRESSES.observations, () => ({
      status,
      headers: { location: `${evil.origin}/fhir/Observation` },
    }))
    await startSignIn(popup, mock)
    await expect(popup.getByRole('heading', { name: 'Mara Mock' })).toBeVisible()
    await isTold(popup, /redirected Carekey to another address, which was not followed/i)
    const [request] = mock.requestsTo(ADDRESSES.observations)
    expect(request?.headers.authorization).toBe(`Bearer ${mock.given.access[0]}`)

    mock.unscript(ADDRESSES.observations)
    await popup.getByRole('button', { name: 'Try again' }).click()
    await isSignedIn(popup)
  })
}

test('E09 a token request that is redirected sends its code nowhere', async ({ popup, mock, evil }) => {
  mock.script(ADDRESSES.token, () => ({ status: 307, headers: { location: `${evil.origin}/oauth/token` } }))
  await startSignIn(popup, mock)
  await isTold(popup, /redirected Carekey to another address, which was not followed/i)
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)
  expect((await stored(popup, 'session')).sessions ?? {}).toEqual({})
})

test('E09 discovery that is redirected is not trusted', async ({ popup, mock, evil }) => {
  const path = '/fhir/.well-known/smart-configuration'
  mock.script(path, () => ({ status: 302, headers: { location: `${evil.origin}${path}` } }))
  await startSignIn(popup, mock)
  await isTold(popup, /redirected Carekey to another address, which was not followed/i)
  expect(mock.requestsTo(ADDRESSES.authorize)).toEqual([])
})
