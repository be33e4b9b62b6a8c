import { ADDRESSES } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'

const CANNOT = /cannot be reached/i

test('E28 a sign-in without a network says so, and works once there is one', async ({ popup, mock }) => {
  const discovery = '/fhir/.well-known/smart-configuration'
  mock.script(discovery, () => 'hang-up')
  await startSignIn(popup, mock)
  await isTold(popup, CANNOT)
  expect(mock.requestsTo(ADDRESSES.authorize)).toEqual([])
  mock.unscript(discovery)
  await popup.getByRole('button', { name: 'Try again' }).click()
  await isSignedIn(popup)
})

test('E28 losing the network in the middle of a list or a renewal is reported, and reading continues in the same session', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  mock.script(ADDRESSES.observations, async ({ query }, usual) => {
    if (query.has('page')) return 'hang-up'
    const reply = Object(await usual())
    return { ...reply, body: { ...reply.body, link: [{ relation: 'next', url: '?page=2' }] } }
  })
  await popup.reload()
  await isTold(popup, CANNOT)
  // The last readings are shown, with their time; nothing of them is stored in clear.
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText('71.5')
  expect(JSON.stringify([await stored(popup, 'local'), await stored(popup, 'session')])).not.toContain('71.5')
  mock.unscript(ADDRESSES.observations)
  await popup.getByRole('button', { name: 'Try again' }).click()
  await expect(popup.getByText(CANNOT)).toHaveCount(0)

  await carekey.restart()
  mock.script(ADDRESSES.token, () => 'hang-up')
  const offline = await carekey.popup()
  await isTold(offline, CANNOT)
  expect(Object.keys(Object((await stored(offline, 'local')).grants))).toHaveLength(1)
  mock.unscript(ADDRESSES.token)
  const vitals = offline.getByRole('region', { name: 'Vital signs' })
  await vitals.getByRole('button', { name: 'Try again' }).click()
  await isSignedIn(offline)
  await expect(vitals.getByText(CANNOT)).toHaveCount(0)
  expect(mock.requestsTo(ADDRESSES.authorize)).toHaveLength(1)
})
