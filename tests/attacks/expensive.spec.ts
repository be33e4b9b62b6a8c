import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { ADDRESSES, startMockProvider } from '../fakes/mock-provider.ts'
import { weight } from '../fixtures/fhir-answers.ts'
import { alter, configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

test('F75 closing the popup ends its requests', async ({ popup, mock, carekey }) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const arrival = Promise.withResolvers<void>()
  const departure = Promise.withResolvers<void>()
  mock.script(ADDRESSES.observations, (request) => {
    request.gone.then(departure.resolve)
    arrival.resolve()
    return new Promise(() => undefined)
  })
  const second = await carekey.popup()
  await arrival.promise
  await second.close()
  await departure.promise
  mock.unscript(ADDRESSES.observations)
  await popup.reload()
  await isSignedIn(popup)
})

test('F75 an organization that sends too much is reported, and the other one is read as usual', async ({
  popup,
  mock,
}) => {
  const large = await startMockProvider()
  const entry = Array.from({ length: 10 }, (_, index) => ({
    resource: weight(`w${index}`, {
      valueQuantity: { value: 60.5, unit: 'kg' },
      note: [{ text: 'x'.repeat(1_900_000) }],
    }),
  }))
  alter(large, ADDRESSES.observations, () => ({
    entry,
    total: 1000,
    link: [{ relation: 'next', url: '?page=2' }],
  }))
  await configure(popup, large, { name: 'Large Clinic' })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, { name: 'Large Clinic' })
  await sayIsSamePerson(popup)
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  // The other organization's reading is more than a year old, so it is not the newest once the large answer has come.
  const readsBoth = async () => {
    await vitals.getByRole('button', { name: /^Weight/ }).click()
    await vitals.getByRole('radio', { name: 'All' }).check()
    await expect(vitals).toContainText('71.5')
    await popup.getByRole('button', { name: 'Back' }).click()
  }
  await readsBoth()
  await expect(vitals).toContainText('Large Clinic sent more than Carekey accepts in one answer (20 MB)')
  await expect(vitals).toContainText('60.5')
  const before = large.requestsTo(ADDRESSES.observations).length
  await popup.reload()
  await readsBoth()
  await expect(vitals).toContainText('Large Clinic sent more than Carekey accepts in one answer (20 MB)')
  await expect.poll(() => large.requestsTo(ADDRESSES.observations).length).toBe(before + 2)
  await large.close()
})
