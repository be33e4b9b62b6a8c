import browser, { type Runtime } from 'webextension-polyfill'
import { ProblemError } from './errors.ts'
import type { Answer, Input, Output, RequestName } from './protocol.ts'
import { IN_HAND } from './protocol.ts'
import { isRepeatable } from './repeatable.ts'

/**
 * Asks the worker. Browsers end, replace and update a worker whenever they like, and then nobody answers what it was asked:
 * what may be asked twice is, once. Throws `ProblemError`, `worker-ended` where it was lost; a request without input takes
 * none.
 */
export const ask = async <N extends RequestName>(
  name: N,
  ...[input]: Input<N> extends undefined ? [] : [Input<N>]
): Promise<Output<N>> => {
  let answer = await put(name, input)
  if (!answer && isRepeatable(name)) {
    await pause(PAUSE_BEFORE_AGAIN)
    answer = await put(name, input)
  }
  if (answer?.ok) return answer.value
  throw new ProblemError(answer?.error.code ?? 'worker-ended', answer?.error.details)
}

/** A worker that is being replaced listens a moment later. */
const PAUSE_BEFORE_AGAIN = 300
/** So long an answer may take before it is asked whether the worker still has the question. */
const SILENCE = 2_000

/** Undefined where the question was lost. */
const put = <N extends RequestName>(name: N, input: unknown): Promise<Answer<N> | undefined> => {
  const id = crypto.randomUUID()
  const answered = browser.runtime.sendMessage({ id, name, input, page: stay() }).catch(() => undefined)
  return Promise.race([answered as Promise<Answer<N> | undefined>, lost(id, answered)])
}

/** A message can vanish without a word, as while a worker is replaced. Resolves once it has, and never where it was answered. */
const lost = async (id: string, answered: Promise<unknown>): Promise<undefined> => {
  for (;;) {
    const isAnswered = await Promise.race([answered.then(() => true), pause(SILENCE)])
    if (isAnswered) return new Promise(() => undefined)
    const isInHand = await Promise.race([
      browser.runtime.sendMessage({ name: IN_HAND, id }).catch(() => false),
      pause(SILENCE),
    ])
    // A question about the question may vanish as well: the next one tells.
    if (isInHand === false) return undefined
  }
}

const pause = (milliseconds: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

let port: Runtime.Port | undefined
let page = ''

/** Holds a port open while this page is, so that nothing is fetched for it afterwards. It closes too when the worker is stopped. */
const stay = (): string => {
  if (!port) {
    page = crypto.randomUUID()
    port = browser.runtime.connect({ name: page })
    port.onDisconnect.addListener(() => {
      port = undefined
    })
  }
  return page
}
