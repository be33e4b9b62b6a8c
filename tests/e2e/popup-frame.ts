import { expect, type Locator, type Page } from '@playwright/test'

/** Opens the sheet of all connections. */
export const openOrganizations = async (popup: Page): Promise<Locator> => {
  await popup.getByRole('button', { name: /^Organizations/ }).click()
  return popup.getByRole('dialog', { name: 'Organizations' })
}

/** While a sign-in comes to its end, the list of organizations still has the same header. */
const untilRecord = (popup: Page) => expect(popup.locator('.home')).toHaveCount(0)

/** Opens the sheet once a record is open. */
const openOrganizationsOfRecord = async (popup: Page): Promise<Locator> => {
  await untilRecord(popup)
  return openOrganizations(popup)
}

/** Opens the page of the connection with this organization, where it can be ended. */
export const openOrganization = async (popup: Page, name: string): Promise<void> => {
  const sheet = await openOrganizationsOfRecord(popup)
  await sheet.getByRole('button', { name }).click()
}

export const signOut = async (popup: Page, name: string): Promise<void> => {
  await openOrganization(popup, name)
  await popup.getByRole('button', { name: 'Sign out' }).click()
}

/** Opens the list of organizations while somebody is signed in. */
export const addOrganization = async (popup: Page): Promise<void> => {
  const sheet = await openOrganizationsOfRecord(popup)
  await sheet.getByRole('button', { name: 'Add an organization' }).click()
}

export const chooseFromMenu = async (
  popup: Page,
  item: 'Print or export…' | 'Lock now' | 'Options',
): Promise<void> => {
  if (item === 'Print or export…') await untilRecord(popup)
  await popup.getByRole('button', { name: 'More', exact: true }).click()
  await popup.getByRole('button', { name: item }).click()
}
