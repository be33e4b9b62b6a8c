import { expect, type Page } from '@playwright/test'
import type { Carekey } from './carekey.ts'
import type { Organization } from './organization.ts'
import { addOrganization } from './popup-frame.ts'
import { signIn } from './sign-in.ts'

/** What the toolbar's button shows. */
export const toolbar = (page: Page) =>
  page.evaluate(async () => ({
    text: await chrome.action.getBadgeText({}),
    title: await chrome.action.getTitle({}),
  }))

/** Fires the alarm of the next look, as after six hours. */
export const lookNow = (page: Page) =>
  page.evaluate(async () => {
    const { nextLooks } = await chrome.storage.session.get('nextLooks')
    const due = Object.fromEntries(Object.keys(Object(nextLooks)).map((id) => [id, Date.now() - 1]))
    await chrome.storage.session.set({ nextLooks: due })
    await chrome.alarms.create('look-at-logs', { when: Date.now() })
  })

/** Dr. Lee reads the vital signs of the signed-in person, in a browser that this one does not know. */
export const readByLee = (page: Page) =>
  page.evaluate(async () => {
    const ask = async (name: string, input?: object) => {
      const answer = await chrome.runtime.sendMessage({ name, input })
      if (!answer?.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`)
      return answer.value
    }
    const { connections } = await ask('state')
    const patient = connections.find((each: { patient?: object }) => each.patient).patient.id
    const { id: connectionId } = connections.find((each: { patient?: object }) => !each.patient)
    await ask('vitals', { connectionId, patient })
    await ask('remove-connection', { connectionId })
  })

/** Returns a popup with John's record, where Dr. Lee is signed in as well. */
export const openBesideLee = async (carekey: Carekey, riverside: Organization): Promise<Page> => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee', '12 hours')
  await expect(popup.getByRole('button', { name: 'Search Patients' })).toBeVisible()
  await addOrganization(popup)
  await signIn(carekey, popup, riverside, 'john', '1 day')
  return popup
}
