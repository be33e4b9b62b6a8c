import browser from 'webextension-polyfill'
import { isLoopback } from '../../values/address-range.ts'
import { requireUrl } from '../../values/parse-address.ts'
import { ProblemError } from '../messages/errors.ts'
import { type Asking, abortReasonOf, beginAsking, requestSignal } from './asking.ts'

const timeout = 15_000

/**
 * Sends a request. Only this function reads answers in the extension. No cookies, no cache, no redirects (a redirected request
 * would carry its token wherever the answer points). Ends after 15 s, at the limits of the asking, and when the lock closes.
 *
 * @throws ProblemError when no usable answer comes.
 */
export const boundedFetch = async (
  url: string | URL,
  init: RequestInit = {},
  asking: Asking = beginAsking('document'),
): Promise<Response> => {
  const signal = AbortSignal.any([AbortSignal.timeout(timeout), requestSignal(init.method), asking.signal])
  const response = await send(requireUrl(String(url)), init, signal)
  // 304 is not a redirect: the document that the caller has is still current.
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)) {
    await response.body?.cancel()
    throw new ProblemError('redirected', { host: requireUrl(String(url)).host })
  }
  return countBytes(response, asking, signal)
}

const send = async (url: URL, init: RequestInit, signal: AbortSignal): Promise<Response> => {
  try {
    return await fetch(url, {
      ...init,
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal,
    })
  } catch (error) {
    if (signal.reason instanceof ProblemError) throw signal.reason
    const host = url.host
    if (isTimeout(error)) throw new ProblemError('too-slow', { host }, error)
    if (!(await isPermitted(url))) throw new ProblemError('permission-missing', { host }, error)
    throw new ProblemError('unreachable', { host }, error)
  }
}

/**
 * Checks whether a server on this machine answers, although CORS hides its answer from an extension without host permission.
 * Browsers allow such a request only if it follows redirects, so it goes to loopback addresses only: any place that a local
 * server redirects it to, that server could reach itself.
 */
export const isAnswerHidden = async (address: string): Promise<boolean> => {
  const url = requireUrl(address)
  if (!isLoopback(url)) return false
  const { signal } = beginAsking('document')
  try {
    await fetch(url, {
      method: 'HEAD',
      mode: 'no-cors',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.any([AbortSignal.timeout(timeout), requestSignal(), signal]),
    })
    return true
  } catch {
    return false
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

const isPermitted = async (url: URL): Promise<boolean> =>
  url.hostname === 'localhost' || url.hostname === '127.0.0.1' || hasHostPermission(url)

/** Checks the host permission, which covers every port. Without it, the organization has to send CORS headers. */
export const hasHostPermission = ({ protocol, hostname }: URL): Promise<boolean> =>
  browser.permissions.contains({ origins: [`${protocol}//${hostname}/*`] })

/** Statuses that forbid a body (Fetch standard, null body status). Chromium still gives such a response an empty body. */
const BODILESS = [204, 205, 304]

const countBytes = (response: Response, asking: Asking, signal: AbortSignal): Response => {
  if (!response.body || BODILESS.includes(response.status)) return response
  let limitError: unknown
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      try {
        asking.addBytes(chunk.byteLength)
        controller.enqueue(chunk)
      } catch (error) {
        limitError = error
        controller.error(error)
      }
    },
  })
  const { status, statusText, headers } = response
  const limitedResponse = new Response(response.body.pipeThrough(counter), { status, statusText, headers })
  const readText = limitedResponse.text.bind(limitedResponse)
  // Chromium reports that a body broke off, but not why.
  const text = () =>
    readText().catch((error) =>
      Promise.reject(limitError ?? (signal.aborted ? abortReasonOf(signal) : error)),
    )
  return Object.assign(limitedResponse, { text })
}

/**
 * Reads the body as text.
 *
 * @throws ProblemError `too-slow` or `unreachable` when it breaks off, or the error that aborted it.
 */
export const readText = async (response: Response): Promise<string> => {
  try {
    return await response.text()
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw new ProblemError(isTimeout(error) ? 'too-slow' : 'unreachable', undefined, error)
  }
}

/** Milliseconds before the second try. */
const pauseBeforeAgain = 500

/**
 * Reads once more if the connection fails, because a browser drops every connection when it starts, wakes up or changes its
 * network, although the organization can be reached. Only for reads, which may arrive twice.
 */
export const withSecondTry = async <T>(read: () => Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof ProblemError && error.code === 'unreachable')) throw error
    await new Promise((resolve) => setTimeout(resolve, pauseBeforeAgain))
    return read()
  }
}

/**
 * Fetches a JSON object; undefined if there is none at the address, or if it is something else.
 *
 * @throws ProblemError `server-failed`, and what `boundedFetch` and `readText` throw.
 */
export const findJson = async (url: string, accept: string): Promise<Record<string, unknown> | undefined> => {
  const { response, text } = await withSecondTry(async () => {
    const response = await boundedFetch(url, { headers: { accept } })
    return { response, text: await readText(response) }
  })
  if (!response.ok) {
    if (response.status >= 500 || response.status === 429)
      throw new ProblemError('server-failed', { host: requireUrl(url).host })
    return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
