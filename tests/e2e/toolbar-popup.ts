import { writeFileSync } from 'node:fs'
import type { CDPSession, Page } from '@playwright/test'
import type { Carekey } from './carekey.ts'

/** The popup under the toolbar button. Playwright does not see it as a page, but the debugger's protocol does. */
interface ToolbarPopup {
  evaluate(expression: string): Promise<unknown>
  photograph(path: string): Promise<void>
  close(): Promise<void>
}

/** A session within another one (`flatten: false`): each message is sent as text. */
const attach = async (session: CDPSession, targetId: string) => {
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
  let lastId = 0
  return (method: string, params: object = {}) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const id = ++lastId
      const receive = (event: { sessionId: string; message: string }) => {
        const answer = JSON.parse(event.message) as {
          id?: number
          result?: Record<string, unknown>
          error?: unknown
        }
        if (event.sessionId !== sessionId || answer.id !== id) return
        session.off('Target.receivedMessageFromTarget', receive)
        if (answer.result) resolve(answer.result)
        else reject(new Error(JSON.stringify(answer.error)))
      }
      session.on('Target.receivedMessageFromTarget', receive)
      session
        .send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
        .catch(reject)
    })
}

/**
 * Opens the popup from the worker, like a click on the toolbar button; or from another page of the extension, if the worker must
 * stay asleep.
 */
export const openToolbarPopup = async (
  { context, id }: Pick<Carekey, 'context' | 'id'>,
  opener?: Page,
): Promise<ToolbarPopup> => {
  const url = `chrome-extension://${id}/extension/popup/index.html`
  const page = opener ?? context.pages()[0] ?? (await context.newPage())
  // A person clicks in the window that has the focus. Here the sign-in window, which had it, may just have closed.
  if (!opener) await page.bringToFront()
  const session = await context.newCDPSession(page)
  const worker =
    context.serviceWorkers()[0] ?? (opener ? undefined : await context.waitForEvent('serviceworker'))
  const openPopup = () => chrome.action.openPopup()
  const targets = async () => (await session.send('Target.getTargets')).targetInfos
  // The same page may be open in a tab.
  const before = (await targets()).map(({ targetId }) => targetId)
  await (opener ? opener.evaluate(openPopup) : worker?.evaluate(openPopup))

  const until = async <T>(
    look: (targetId: string | undefined) => T,
    otherwise: string,
  ): Promise<NonNullable<T>> => {
    for (const deadline = Date.now() + 10_000; ; ) {
      const popup = (await targets()).find((it) => it.url === url && !before.includes(it.targetId))
      const result = look(popup?.targetId)
      if (result) return result
      if (Date.now() > deadline) throw new Error(otherwise)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const targetId = await until((id) => id, 'The toolbar popup did not open.')

  const send = await attach(session, targetId)
  return {
    evaluate: async (expression) => {
      const { result } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })
      return (result as { value?: unknown }).value
    },
    photograph: async (path) => {
      const { data } = await send('Page.captureScreenshot', { format: 'png' })
      writeFileSync(path, Buffer.from(String(data), 'base64'))
    },
    close: async () => {
      await send('Runtime.evaluate', { expression: 'setTimeout(() => window.close())' })
      await until((id) => !id, 'The toolbar popup did not close.')
      await session.detach()
    },
  }
}
