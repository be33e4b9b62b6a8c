import browser, { type Runtime } from 'webextension-polyfill'
import { ProblemError } from './errors.ts'
import type { Answer, Input, Output, RequestName } from './protocol.ts'

/** Asks the worker. Throws `ProblemError`; a request without input takes none. */
export const ask = async <N extends RequestName>(
  name: N,
  ...[input]: Input<N> extends undefined ? [] : [Input<N>]
): Promise<Output<N>> => {
  const answer = (await browser.runtime.sendMessage({ name, input, page: stay() })) as Answer<N> | undefined
  if (answer?.ok) return answer.value
  throw new ProblemError(answer?.error.code ?? 'unexpected', answer?.error.details)
}

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
