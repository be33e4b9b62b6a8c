import { expect, type Page } from '@playwright/test'
import type { Carekey } from './carekey.ts'
import type { Organization } from './organization.ts'
import { addOrganization } from './popup-frame.ts'

export type Window = 'This visit' | '1 hour' | '12 hours' | '1 day' | '30 days' | 'Until I remove it'

/** Clicks the button of a popup or options page and returns the organization's sign-in page. */
export const openSignIn = async (
  carekey: Carekey,
  page: Page,
  organization: Pick<Organization, 'name'>,
): Promise<Page> => {
  const newPage = carekey.context.waitForEvent('page')
  await page.getByRole('button', { name: `Sign in with ${organization.name}` }).click()
  const window = await newPage
  await expect(window.getByLabel('Username')).toBeVisible()
  return window
}

/** The password of a demo account is its name and `-demo`. */
export const fillPassword = async (
  window: Page,
  username: string,
  password = `${username}-demo`,
): Promise<void> => {
  await window.getByLabel('Username').fill(username)
  await window.getByLabel('Password').fill(password)
  await window.getByRole('button', { name: 'Sign in' }).click()
}

/** Allows what is ticked, at first everything that was requested, and waits until the window has closed. */
export const allow = async (window: Page, duration: Window): Promise<void> => {
  await window.getByRole('radiogroup', { name: 'How long' }).getByRole('radio', { name: duration }).check()
  const closing = window.waitForEvent('close')
  await window.getByRole('button', { name: 'Allow' }).click()
  await closing
}

/** Answers the question that appears when two organizations know a person by the same name. */
export const sayIsSamePerson = async (popup: Page): Promise<void> => {
  await popup.getByRole('button', { name: 'Yes, the same person' }).click()
  await expect(popup.getByRole('region', { name: 'Is this the same person?' })).toHaveCount(0)
}

/** The whole sign-in, from the button to the closed window. */
export const signIn = async (
  carekey: Carekey,
  page: Page,
  organization: Pick<Organization, 'name'>,
  username: string,
  duration: Window = '1 hour',
): Promise<void> => {
  const window = await openSignIn(carekey, page, organization)
  await fillPassword(window, username)
  await allow(window, duration)
}

/** Signs in at one organization, and then at another from the list of organizations. */
export const signInAtBoth = async (
  carekey: Carekey,
  popup: Page,
  [first, second]: readonly [Pick<Organization, 'name'>, Pick<Organization, 'name'>],
  username: string,
  duration?: Window,
): Promise<void> => {
  await signIn(carekey, popup, first, username, duration)
  await addOrganization(popup)
  await signIn(carekey, popup, second, username, duration)
}
