import browser, { type Runtime } from 'webextension-polyfill'
import { ProblemError, toProblem } from './errors.ts'
import type { Answer, Input, Output, RequestName } from './protocol.ts'
import { IN_HAND } from './protocol.ts'

/** `signal` aborts with `abandoned` when the requesting page is gone; a request that comes from no page has none. */
export type Answers = {
  [N in RequestName]: (
    input: Input<N>,
    signal?: AbortSignal,
  ) => Output<N> extends undefined ? Promise<void> : Promise<Output<N>>
}

/**
 * Registers the worker's only listener for messages. It decides synchronously whether a message is for it, as browsers require,
 * and answers only our own pages.
 */
export const answer = (answers: Answers): void => {
  const signalOf = watchPages()
  const inHand = new Set<string>()
  browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) => {
    if (!isOwnPage(sender)) return undefined
    if (isInHandCheck(message)) return Promise.resolve(inHand.has(message.id))
    if (!isRequest(message, answers)) return undefined
    const { id, page } = message
    const response = run(answers, message, typeof page === 'string' ? signalOf(page) : undefined)
    if (id === undefined) return response
    inHand.add(id)
    return response.finally(() => inHand.delete(id))
  })
}

/**
 * Tracks open pages. Each page keeps a port open under the name in its messages; when it closes, the page's requests are aborted.
 */
const watchPages = (): ((page: string) => AbortSignal) => {
  const pages = new Map<string, AbortController>()
  const controllerOf = (page: string): AbortController => {
    const controller = pages.get(page) ?? new AbortController()
    pages.set(page, controller)
    return controller
  }
  browser.runtime.onConnect.addListener((port: Runtime.Port) => {
    if (!port.sender || !isOwnPage(port.sender)) return
    const controller = controllerOf(port.name)
    port.onDisconnect.addListener(() => {
      pages.delete(port.name)
      controller.abort(new ProblemError('abandoned'))
    })
  })
  return (page) => controllerOf(page).signal
}

interface Request {
  /** The id by which a page may check whether the worker still has this request. */
  id?: string
  name: RequestName
  input: unknown
  page?: unknown
}

const isInHandCheck = (message: unknown): message is { id: string } =>
  typeof message === 'object' &&
  message !== null &&
  'name' in message &&
  message.name === IN_HAND &&
  'id' in message

const isRequest = (message: unknown, answers: Answers): message is Request =>
  typeof message === 'object' &&
  message !== null &&
  'name' in message &&
  typeof message.name === 'string' &&
  Object.hasOwn(answers, message.name)

/** Checks the sender's address, because a content script carries our id as well. */
const isOwnPage = (sender: Runtime.MessageSender): boolean =>
  sender.id === browser.runtime.id && sender.url?.startsWith(browser.runtime.getURL('')) === true

const run = async (
  answers: Answers,
  { name, input }: Request,
  signal: AbortSignal | undefined,
): Promise<Answer<RequestName>> => {
  try {
    const perform = answers[name] as (input: unknown, signal?: AbortSignal) => Promise<Output<RequestName>>
    return { ok: true, value: await perform(input, signal) }
  } catch (error) {
    return { ok: false, error: toProblem(error) }
  }
}
