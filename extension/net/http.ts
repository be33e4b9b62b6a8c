import browser from 'webextension-polyfill'
import { ProblemError } from '../messages/errors.ts'
import { type Asking, abortedBy, beginAsking } from './asking.ts'
import { requestSignal } from './under-way.ts'

const timeout = 15_000

/**
 * The only `fetch` of the extension. No cookies, no cache, no redirects (a redirected request would carry its token
 * to wherever the answer points), 15 s, within what the asking may cost, and not beyond the closing of the lock. Throws
 * `ProblemError` when no usable answer comes.
 */
export const boundedFetch = async (
  url: string | URL,
  init: RequestInit = {},
  asking: Asking = beginAsking('document'),
): Promise<Response> => {
  const signal = AbortSignal.any([AbortSignal.timeout(timeout), requestSignal(init.method), asking.signal])
  const response = await send(new URL(url), init, signal)
  // 304 is the answer to a caller that knows the document already, and points nowhere.
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)) {
    await response.body?.cancel()
    throw new ProblemError('redirected', { host: new URL(url).host })
  }
  return counted(response, asking, signal)
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

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

/** Without host permission an organization is reachable only if it sends CORS headers; ports do not count. */
const isPermitted = async ({ protocol, hostname }: URL): Promise<boolean> =>
  hostname === 'localhost' ||
  hostname === '127.0.0.1' ||
  browser.permissions.contains({ origins: [`${protocol}//${hostname}/*`] })

/** Statuses that forbid a body (Fetch standard, null body status). Chromium gives such an answer an empty one all the same. */
const BODILESS = [204, 205, 304]

const counted = (response: Response, asking: Asking, signal: AbortSignal): Response => {
  if (!response.body || BODILESS.includes(response.status)) return response
  let why: unknown
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      try {
        asking.take(chunk.byteLength)
        controller.enqueue(chunk)
      } catch (error) {
        why = error
        controller.error(error)
      }
    },
  })
  const { status, statusText, headers } = response
  const within = new Response(response.body.pipeThrough(counter), { status, statusText, headers })
  const read = within.text.bind(within)
  // Chromium says of a body that broke off only that it did, whatever the reason.
  const text = () =>
    read().catch((error) => Promise.reject(why ?? (signal.aborted ? abortedBy(signal) : error)))
  return Object.assign(within, { text })
}

/** The body as text. Throws `too-slow` or `unreachable` when it breaks off. */
export const readText = async (response: Response): Promise<string> => {
  try {
    return await response.text()
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw new ProblemError(isTimeout(error) ? 'too-slow' : 'unreachable', undefined, error)
  }
}

/** A JSON object from a discovery document; undefined when it is not one, or is not there. */
export const findJson = async (url: string, accept: string): Promise<Record<string, unknown> | undefined> => {
  const response = await boundedFetch(url, { headers: { accept } })
  const text = await readText(response)
  if (!response.ok) {
    if (response.status >= 500 || response.status === 429)
      throw new ProblemError('server-failed', { host: new URL(url).host })
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
