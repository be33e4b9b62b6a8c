import type { Page } from '@playwright/test'

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
