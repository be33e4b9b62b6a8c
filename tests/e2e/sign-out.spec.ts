import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { addOrganization, openOrganization, openOrganizations, signOut } from './popup-frame.ts'
import { hasToken } from './record.ts'
import { signIn, signInAtBoth } from './sign-in.ts'
import { storedText, tokensIn } from './stored.ts'

test('checklist E16 signing out revokes at the organization, then deletes here', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const grants = async () => Object.keys(JSON.parse(await storedText(popup, 'local')).grants)
  expect(await grants()).toHaveLength(1)
  const [token, ...others] = tokensIn(await storedText(popup, 'session'))
  expect(others).toEqual([])
  expect(await hasToken(riverside, token ?? '')).toBe(true)

  await signOut(popup, riverside.name)
  await expect(popup.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeVisible()
  await expect(popup.getByText('If you signed in to its own pages too, sign out there.')).toBeVisible()
  expect(await hasToken(riverside, token ?? '')).toBe(false)
  for (const area of ['session', 'local'] as const) {
    expect(tokensIn(await storedText(popup, area))).toEqual([])
  }
  expect(await grants()).toEqual([])
  await expect(popup.getByText('John Doe · signed out')).toBeVisible()
  await inspect(popup, 'popup-signed-out')
})

test('while an organization does not answer, the popup says so, and signing out hides the record at once', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByText('mmHg').first()).toBeVisible()
  await riverside.stop()
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket)).listen(new URL(riverside.url).port)
  await once(silent, 'listening')
  try {
    await popup.reload()
    await expect(popup.getByText('This is taking longer than usual.').first()).toBeVisible()
    await signOut(popup, riverside.name)
    await expect(popup.getByText('Signing out of Riverside Clinic…')).toBeVisible()
    await expect(popup.getByRole('heading', { name: 'John Doe' })).toHaveCount(0)
  } finally {
    for (const socket of sockets) socket.destroy()
    silent.close()
    await riverside.start()
  }
})

test('signing out everywhere takes the place of the notice of an earlier sign-out', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  await addOrganization(popup)
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john')
  await signOut(popup, pulse.name)
  await expect(popup.getByText(/Still signed in: .*John Doe \(Riverside Clinic\)/)).toBeVisible()
  const sheet = await openOrganizations(popup)
  await sheet.getByRole('button', { name: 'Sign out of all' }).click()
  const question = popup.getByRole('dialog', { name: 'Sign out everywhere?' })
  await question.getByRole('button', { name: 'Sign out' }).click()
  await expect(popup.getByText(/Signed out: .*John Doe \(Riverside Clinic\)/)).toBeVisible()
  await expect(popup.getByText('Still signed in')).toHaveCount(0)
  // Above the list of organizations.
  await expect(popup.locator('.notice ~ .providers')).toBeVisible()
})

test('removing a connection asks once and forgets the name', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await openOrganization(popup, riverside.name)
  await inspect(popup, 'popup-organization')
  await popup.getByRole('button', { name: 'Remove connection' }).click()
  await expect(popup.getByRole('dialog')).toBeVisible()
  await inspect(popup, 'popup-remove')
  await popup.keyboard.press('Escape')
  await expect(popup.getByRole('button', { name: 'Remove connection' })).toBeFocused()

  await popup.getByRole('button', { name: 'Remove connection' }).click()
  await popup
    .getByRole('dialog')
    .getByRole('button', { name: /remove/i })
    .click()
  await expect(popup.getByText('The connection with Riverside Clinic is removed.')).toBeVisible()
  expect(await storedText(popup, 'local')).not.toContain('John')
})

test('after a browser restart nobody is signed in', async ({ carekey, organizations: { riverside } }) => {
  const before = await carekey.popup()
  await signIn(carekey, before, riverside, 'john', 'This visit')
  await expect(before.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await carekey.restart()
  const after = await carekey.popup()
  await expect(after.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeVisible()
  await expect(after.getByRole('region', { name: 'Vital signs' })).toHaveCount(0)
})

test('M5 a person who chose to stay connected is signed in after a browser restart', async ({
  carekey,
  organizations: { riverside },
}) => {
  const before = await carekey.popup()
  await signIn(carekey, before, riverside, 'john', '30 days')
  await expect(before.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  expect(tokensIn(await storedText(before, 'local')), 'tokens on disk').toEqual([])
  await carekey.restart()
  const after = await carekey.popup()
  await expect(after.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(after.getByRole('region', { name: 'Vital signs' })).toContainText(/\d+\/\d+ mmHg/)
})
