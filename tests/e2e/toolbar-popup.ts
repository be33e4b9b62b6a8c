import { writeFileSync } from 'node:fs'
import type { CDPSession } from '@playwright/test'
import type { Carekey } from './carekey.ts'

/** The popup that hangs from the toolbar. Playwright does not see it as a page; the debugger's protocol does. */
export interface ToolbarPopup {
  evaluate(expression: string): Promise<unknown>
  photograph(path: string): Promise<void>
}

/** A session inside another one (`flatten: false`): each message travels as text. */
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

/** Opens it from the worker, as a click on the toolbar's key does. */
export const openToolbarPopup = async ({ context, id }: Carekey): Promise<ToolbarPopup> => {
  const url = `chrome-extension://${id}/extension/popup/index.html`
  const page = context.pages()[0] ?? (await context.newPage())
  const session = await context.newCDPSession(page)
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
  await worker.evaluate(() => chrome.action.openPopup())

  const deadline = Date.now() + 10_000
  const find = async (): Promise<string> => {
    const { targetInfos } = await session.send('Target.getTargets')
    const popup = targetInfos.find((it) => it.url === url)
    if (popup) return popup.targetId
    if (Date.now() > deadline) throw new Error('The toolbar popup did not open.')
    await new Promise((resolve) => setTimeout(resolve, 50))
    return find()
  }
  const send = await attach(session, await find())
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
  }
}
