import browser, { type Runtime } from 'webextension-polyfill'
import { toProblem } from './errors.ts'
import type { Answer, Input, Output, RequestName } from './protocol.ts'

export type Answers = { [N in RequestName]: (input: Input<N>) => Promise<Output<N>> }

/**
 * The worker's only listener for messages. It decides synchronously whether a message is for it, as browsers demand,
 * and stays silent towards anyone but our own pages.
 */
export const answer = (answers: Answers): void => {
  browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) => {
    if (!isOwnPage(sender) || !isRequest(message, answers)) return undefined
    return run(answers, message)
  })
}

interface Request {
  name: RequestName
  input: unknown
}

const isRequest = (message: unknown, answers: Answers): message is Request =>
  typeof message === 'object' &&
  message !== null &&
  'name' in message &&
  typeof message.name === 'string' &&
  Object.hasOwn(answers, message.name)

/** A content script carries our id as well, so the address it runs at decides. */
export const isOwnPage = (sender: Runtime.MessageSender): boolean =>
  sender.id === browser.runtime.id && sender.url?.startsWith(browser.runtime.getURL('')) === true

const run = async (answers: Answers, { name, input }: Request): Promise<Answer<RequestName>> => {
  try {
    const perform = answers[name] as (input: unknown) => Promise<Output<RequestName>>
    return { ok: true, value: await perform(input) }
  } catch (error) {
    return { ok: false, error: toProblem(error) }
  }
}
