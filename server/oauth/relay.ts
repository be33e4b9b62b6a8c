import type { FastifyPluginAsync } from 'fastify'
import { EXTENSION_ADDRESSES, redirectAddress } from '../../values/extension-addresses.ts'
import { requireUrl } from '../../values/parse-address.ts'
import type { Config } from '../config.ts'
import { render } from '../pages/frame/layout.ts'
import { localeOf } from '../pages/frame/locale.ts'
import { problemPage } from '../pages/frame/problem.ts'
import { handOnPage } from '../pages/sign-in/hand-on.ts'
import type { Partner } from '../sign-in/partner/partner-state.ts'

/** The parameters of an authorization response that are forwarded (RFC 6749 section 4.1.2, RFC 9207), and their length limit. */
const PARAMETERS = ['code', 'state', 'iss', 'error'] as const
const LONGEST = 2_000

/** `<at least 128 random bits>.<name>`: created by the extension, which recognizes it in the response. */
const STATE = /^[A-Za-z0-9_-]{22,200}\.([a-z]{1,20})$/

/**
 * Returns the extension's address with the response in its query; `undefined` if the response is invalid. The sender of the
 * request controls only that query, and PKCE makes the code worthless to anyone but the extension that requested it.
 *
 * @param relay this relay's own address.
 */
export const forwardAddress = (response: URLSearchParams, relay: string): string | undefined => {
  const name = STATE.exec(response.get('state') ?? '')?.[1] ?? ''
  const address = name === 'chrome' || name === 'firefox' ? EXTENSION_ADDRESSES[name] : undefined
  if (address === undefined || response.has('code') === response.has('error')) return undefined
  const url = requireUrl(redirectAddress(address, relay))
  for (const parameter of PARAMETERS) {
    const [value, ...more] = response.getAll(parameter)
    if (more.length > 0 || (value?.length ?? 0) > LONGEST) return undefined
    if (value !== undefined) url.searchParams.set(parameter, value)
  }
  return url.href
}

/**
 * Returns the page of this organization that continues a sign-in with another company, if the answer belongs to one. Such an
 * answer is recognized by its sealed state, which never looks like an application's state.
 */
const returnAddress = ({ states }: Partner, response: URLSearchParams): string | undefined => {
  const sealed = response.get('state') ?? ''
  const state = states.open('sign-in', sealed)
  if (!state) return undefined
  const page = state.next === undefined ? `/login/${state.holder}/upstream` : '/login/upstream'
  const parameters = ['code', 'error'].flatMap((name) => {
    const value = response.get(name)
    return value === null ? [] : [[name, value.slice(0, LONGEST)]]
  })
  return `${page}?${new URLSearchParams([...parameters, ['state', sealed]])}`
}

/**
 * Serves `B/_oauth/OAuth2Server`, the redirect address for providers that accept only web addresses. It forwards the
 * response to the extension that `state` names, and to no other address.
 */
export const relayRoutes =
  (config: Config, partner?: Partner): FastifyPluginAsync =>
  async (app) => {
    // Withings' dashboard accepts only an address that answers in this way.
    if (partner) app.head('/_oauth/OAuth2Server', async (_request, reply) => reply.send())
    app.get('/_oauth/OAuth2Server', async (request, reply) => {
      const question = request.url.indexOf('?')
      const response = new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1))
      const back = partner && returnAddress(partner, response)
      if (back !== undefined) return reply.redirect(back, 303)
      const address = forwardAddress(response, `${config.publicUrl}/_oauth/OAuth2Server`)
      const locale = localeOf(undefined, request.headers['accept-language'])
      const { organization } = config
      if (address !== undefined) {
        // Not a redirect: the `form-action` policy of the provider's form would block it, because it allows only this address.
        return reply
          .header('refresh', `0;url=${address}`)
          .type('text/html')
          .send(render(handOnPage({ organization, locale, address })))
      }
      const page = problemPage({ organization, locale, ...locale.words.problem.nobodyWaits })
      return reply.code(400).type('text/html').send(render(page))
    })
  }
