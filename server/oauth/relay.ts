import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../config.ts'
import { handOnPage } from '../pages/hand-on.ts'
import { render } from '../pages/html.ts'
import { localeOf } from '../pages/locale.ts'
import { problemPage } from '../pages/problem.ts'

/**
 * Where Carekey's extension takes the answer of a sign-in, by family of browser. The ids are fixed: by the manifest's key
 * in Chrome, by its own id in Firefox.
 */
export const EXTENSION_ADDRESSES: Readonly<Record<string, string>> = {
  chrome: 'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/',
  firefox: 'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/',
}

/**
 * Where the extension takes the answers of one provider, or of one relay: its address has a path for each, so that it can
 * tell them apart (RFC 9700 section 4.4.2).
 *
 * @param target the FHIR base, or the relay.
 */
export const addressBelow = (extension: string, target: string): string => {
  const { protocol, host, pathname } = new URL(target)
  return `${extension}${protocol.slice(0, -1)}/${host}${pathname}`
}

/** What of an authorization response is handed on (RFC 6749 section 4.1.2, RFC 9207), and how long each may be. */
const PARAMETERS = ['code', 'state', 'iss', 'error'] as const
const LONGEST = 2_000

/** `<at least 128 random bits>.<name>`: the extension made it, and finds it again. */
const STATE = /^[A-Za-z0-9_-]{22,200}\.([a-z]{1,20})$/

/**
 * The extension's address with the response to hand on, or `undefined`. Nothing of the request becomes a part of the
 * address but its query; PKCE makes the code worthless to anyone but the extension that asked for it.
 *
 * @param relay this relay's own address.
 */
export const relayed = (response: URLSearchParams, relay: string): string | undefined => {
  const name = STATE.exec(response.get('state') ?? '')?.[1] ?? ''
  const address = Object.hasOwn(EXTENSION_ADDRESSES, name) ? EXTENSION_ADDRESSES[name] : undefined
  if (address === undefined || response.has('code') === response.has('error')) return undefined
  const url = new URL(addressBelow(address, relay))
  for (const parameter of PARAMETERS) {
    const [value, ...more] = response.getAll(parameter)
    if (more.length > 0 || (value?.length ?? 0) > LONGEST) return undefined
    if (value !== undefined) url.searchParams.set(parameter, value)
  }
  return url.href
}

/**
 * `B/_oauth/OAuth2Server`: the redirect address for providers that take a web address only. It hands the response on to
 * the extension that the `state` names, and to no other address.
 */
export const relayRoutes =
  (config: Config): FastifyPluginAsync =>
  async (app) => {
    app.get('/_oauth/OAuth2Server', async (request, reply) => {
      const question = request.url.indexOf('?')
      const response = new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1))
      const address = relayed(response, `${config.publicUrl}/_oauth/OAuth2Server`)
      const locale = localeOf(undefined, request.headers['accept-language'])
      const { organization } = config
      if (address !== undefined) {
        // Not a redirect: it would belong to the provider's form, whose policy names this address and no further one.
        return reply
          .header('refresh', `0;url=${address}`)
          .type('text/html')
          .send(render(handOnPage({ organization, locale, address })))
      }
      const page = problemPage({ organization, locale, ...locale.words.problem.nobodyWaits })
      return reply.code(400).type('text/html').send(render(page))
    })
  }
