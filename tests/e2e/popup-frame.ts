import { expect, type Locator, type Page } from '@playwright/test'

/** Opens the sheet of all connections. */
export const openOrganizations = async (popup: Page): Promise<Locator> => {
  await popup.getByRole('button', { name: /^Organizations/ }).click()
  return popup.getByRole('dialog', { name: 'Organizations' })
}

/** Waits until a record is open: while a sign-in comes to its end, the list of organizations still offers the same button. */
const openOrganizationsOfRecord = async (popup: Page): Promise<Locator> => {
  await expect(popup.locator('.home')).toHaveCount(0)
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
  await popup.getByRole('button', { name: 'More', exact: true }).click()
  await popup.getByRole('button', { name: item }).click()
}
