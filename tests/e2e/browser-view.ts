import { writeFileSync } from 'node:fs'
import type { CDPSession, Page } from '@playwright/test'

/** A page in the browser's own frame. Playwright does not see it, but the debugger's protocol does. */
export interface BrowserView {
  evaluate(expression: string): Promise<unknown>
  /** Clicks the button of this name, as a person does. */
  click(button: string): Promise<void>
  pressTab(): Promise<void>
  photograph(path: string): Promise<void>
  close(): Promise<void>
  /** Waits until it is closed. */
  closed(): Promise<void>
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

/** Waits until `look` returns something. @throws Error with `otherwise` after ten seconds. */
const until = async <T>(look: () => Promise<T>, otherwise: string): Promise<NonNullable<T>> => {
  for (const deadline = Date.now() + 10_000; ; ) {
    const result = await look()
    if (result) return result
    if (Date.now() > deadline) throw new Error(otherwise)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The middle of a button that is on screen, or null. */
const middleOf = (button: string) => `(() => {
  const named = (each) => (each.ariaLabel ?? each.textContent.trim()) === ${JSON.stringify(button)}
  const found = [...document.querySelectorAll('button')].find((each) => named(each) && each.checkVisibility())
  if (!found) return null
  const { left, top, width, height } = found.getBoundingClientRect()
  return { x: left + width / 2, y: top + height / 2 }
})()`

/** Returns the view of this address that `open` opens. @param page any page of the same browser. */
export const openedView = async (
  page: Page,
  url: string,
  open: () => Promise<unknown>,
): Promise<BrowserView> => {
  const session = await page.context().newCDPSession(page)
  const targets = async () => (await session.send('Target.getTargets')).targetInfos
  // The same page may be open in a tab.
  const before = (await targets()).map(({ targetId }) => targetId)
  await open()
  const find = async () => (await targets()).find((it) => it.url === url && !before.includes(it.targetId))
  const { targetId } = await until(find, `${url} did not open.`)
  const send = await attach(session, targetId)
  const evaluate = async (expression: string) => {
    const { result } = await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    return (result as { value?: unknown }).value
  }
  /** The middle of a button that has not moved for a moment, or undefined. */
  const stillMiddleOf = (button: string) => async () => {
    const at = await evaluate(middleOf(button))
    await new Promise((resolve) => setTimeout(resolve, 100))
    return at && JSON.stringify(await evaluate(middleOf(button))) === JSON.stringify(at) ? at : undefined
  }
  const closed = async () => {
    await until(async () => !(await find()), `${url} did not close.`)
    await session.detach()
  }
  return {
    evaluate,
    click: async (button) => {
      const at = (await until(
        stillMiddleOf(button),
        `There is no button ${button} that stays where it is.`,
      )) as object
      // A view that closes with the click may not answer.
      for (const type of ['mousePressed', 'mouseReleased'])
        send('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1 }).catch(
          () => undefined,
        )
    },
    pressTab: async () => {
      for (const type of ['keyDown', 'keyUp'])
        await send('Input.dispatchKeyEvent', { type, key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 })
    },
    photograph: async (path) => {
      const { data } = await send('Page.captureScreenshot', { format: 'png' })
      writeFileSync(path, Buffer.from(String(data), 'base64'))
    },
    close: async () => {
      await send('Runtime.evaluate', { expression: 'setTimeout(() => window.close())' })
      await closed()
    },
    closed,
  }
}
