import { readFile } from 'node:fs/promises'
import { addOrganization, openOrganizations } from '../e2e/popup-frame.ts'
import { type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, test } from './extension.ts'

const hostOf = ({ origin }: MockProvider) => new URL(origin).host

test('F58 F77 J64 two organizations whose names look alike, one in another alphabet, are told apart by their hosts', async ({
  popup,
  mock,
  carekey,
}) => {
  const other = await startMockProvider()
  // A Cyrillic letter, and a character that reverses the rest.
  await configure(popup, other, { name: 'M\u043eck\n\u202e Clinic' })
  const names = [`Mock Clinic (${hostOf(mock)})`, `“M\u043eck Clinic” (${hostOf(other)})`]
  for (const name of names) {
    await expect(popup.getByRole('heading', { name, exact: true })).toBeVisible()
    await popup.getByRole('button', { name: `Sign in with ${name}`, exact: true }).click()
    await isSignedIn(popup)
    if (name === names[0]) await addOrganization(popup)
  }
  await popup.getByRole('button', { name: 'Yes, the same person' }).click()
  const sheet = await openOrganizations(popup)
  for (const name of names) await expect(sheet.getByRole('button', { name })).toBeVisible()
  await sheet.getByRole('button', { name: names[1] ?? '' }).click()
  await popup.getByRole('button', { name: 'Remove connection' }).click()
  await expect(popup.getByRole('dialog')).toContainText(names[1] ?? '')
  await popup.keyboard.press('Escape')

  const summary = await carekey.summary()
  for (const name of names) await expect(summary.getByRole('heading', { name })).toBeVisible()
  const downloading = summary.waitForEvent('download')
  await summary.getByRole('button', { name: /CSV/ }).click()
  const table = await readFile(await (await downloading).path(), 'utf8')
  for (const each of [mock, other]) expect(table).toContain(`"${hostOf(each)}"`)
  await other.close()
})
