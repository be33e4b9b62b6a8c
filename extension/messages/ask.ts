import browser, { type Runtime } from 'webextension-polyfill'
import { toError } from './errors.ts'
import { type Answer, IN_HAND, type Input, type Output, type RequestName } from './protocol.ts'

/**
 * Sends a request to the worker. Browsers end, replace and update a worker at any time, and its requests are then lost; a
 * repeatable one is sent once more. A request without input takes no second argument.
 *
 * @throws ProblemError the worker's problem, or `worker-ended` if the request was lost.
 */
export const ask = async <N extends RequestName>(
  name: N,
  ...[input]: Input<N> extends undefined ? [] : [Input<N>]
): Promise<Output<N>> => {
  await heldUntil
  let answer = await send(name, input)
  if (!answer && isRepeatable(name)) {
    await pause(PAUSE_BEFORE_AGAIN)
    answer = await send(name, input)
  }
  if (answer?.ok) return answer.value
  throw toError(answer?.error ?? { code: 'worker-ended' })
}

let heldUntil: Promise<unknown> | undefined

/** Holds requests back until `moment`: what the worker does meanwhile would take the processor from the page. */
export const holdRequests = (moment: Promise<unknown>): void => {
  heldUntil = moment
}

/** Milliseconds before the second try, because a worker that is being replaced does not listen yet. */
const PAUSE_BEFORE_AGAIN = 300
/** Milliseconds without an answer before the page checks whether the worker still has the request. */
const SILENCE = 2_000

/** Sends one message; undefined if it was lost. */
const send = <N extends RequestName>(name: N, input: unknown): Promise<Answer<N> | undefined> => {
  const id = crypto.randomUUID()
  const response = browser.runtime
    .sendMessage({ id, name, input, page: keepPortOpen() })
    .catch(() => undefined)
  return Promise.race([response as Promise<Answer<N> | undefined>, untilLost(id, response)])
}

/** Resolves once a message is lost without an error, as happens while a worker is replaced; never resolves if it is answered. */
const untilLost = async (id: string, response: Promise<unknown>): Promise<undefined> => {
  for (;;) {
    const isAnswered = await Promise.race([response.then(() => true), pause(SILENCE)])
    if (isAnswered) return new Promise(() => undefined)
    const isInHand = await Promise.race([
      browser.runtime.sendMessage({ name: IN_HAND, id }).catch(() => false),
      pause(SILENCE),
    ])
    // This check may be lost as well; then the next one decides.
    if (isInHand === false) return undefined
  }
}

const pause = (milliseconds: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

let port: Runtime.Port | undefined
let page = ''

/**
 * Keeps a port open for as long as this page is open, so that the worker stops fetching for it afterwards. Returns the page's
 * name. The port also closes when the worker is stopped.
 */
const keepPortOpen = (): string => {
  if (!port) {
    page = crypto.randomUUID()
    port = browser.runtime.connect({ name: page })
    port.onDisconnect.addListener(() => {
      port = undefined
    })
  }
  return page
}

/**
 * Requests that may be sent twice, because the second time changes nothing. A repeated read has two entries in the organization's
 * log.
 */
const repeatable: readonly RequestName[] = [
  'state',
  'check-terms',
  'dismiss-flow',
  'dismiss-notice',
  'remember-place',
  'launched-by',
  'vitals',
  'last-vitals',
  'last-read',
  'record-list',
  'record-list-seen',
  'search-patients',
  'more-patients',
  'access-log',
  'access-log-verdict',
  'access-log-seen',
  'management-page',
  'export-record',
  'autoscan',
  'search-brands',
  'find-organizations',
  'applications',
  'registered-clients',
  'check-application',
  'export-configuration',
  'plan-import',
  'lock-after',
  'choose-units',
  'answer-lock-offer',
  'lock',
  'forget-lock',
  'used',
]

const isRepeatable = (name: RequestName): boolean => repeatable.includes(name)
