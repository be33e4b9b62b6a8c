import browser from 'webextension-polyfill'
import { ProblemError } from './errors.ts'
import type { Answer, Input, Output, RequestName } from './protocol.ts'

/** Asks the worker. Throws `ProblemError`; a request without input takes none. */
export const ask = async <N extends RequestName>(
  name: N,
  ...[input]: Input<N> extends undefined ? [] : [Input<N>]
): Promise<Output<N>> => {
  const answer = (await browser.runtime.sendMessage({ name, input })) as Answer<N> | undefined
  if (answer?.ok) return answer.value
  throw new ProblemError(answer?.error.code ?? 'unexpected', answer?.error.details)
}
