import { randomBytes } from 'node:crypto'
import { parseCookie } from 'cookie'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { requireUrl } from '../../../values/parse-address.ts'
import { localeOf } from '../../pages/frame/locale.ts'
import type { Application } from './application.ts'
import { homePage, maintenancePage, PAGE_POLICY, permissionPage, signInPage } from './pages.ts'
import type { StandInPerson } from './people.ts'
import { type Switches, takeFault } from './switches.ts'
import type { Tokens } from './tokens.ts'

const COOKIE = 'withings_stand_in'

/** A wrong request for permission. Withings answers it with JSON and does not send the person back. */
class WrongRequest extends Error {}

interface AccountDeps {
  readonly people: readonly StandInPerson[]
  readonly applications: readonly Application[]
  readonly tokens: Tokens
  readonly switches: Switches
  /** Ends one person's permission for an application. */
  readonly unlink: (clientId: string, userid: number) => void
}

/** The pages of account.withings.com: signing in, giving permission, and the list of a person's permissions. */
export const accountRoutes =
  ({ people, applications, tokens, switches, unlink }: AccountDeps): FastifyPluginAsync =>
  async (app) => {
    const sessions = new Map<string, StandInPerson>()
    const usernames = people.map(({ username }) => username)
    const findPerson = (request: FastifyRequest) =>
      sessions.get(parseCookie(request.headers.cookie ?? '')[COOKIE] ?? '')
    const languageOf = (request: FastifyRequest) =>
      localeOf(undefined, request.headers['accept-language']).language

    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-store' })
      // Another server on this machine shares the cookies of localhost.
      const { origin, host } = request.headers
      if (request.method === 'POST' && origin !== `http://${host}`) return reply.code(403).send()
    })
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof WrongRequest)) throw error
      return reply.code(400).send({ errors: [{ message: error.message }] })
    })
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    )

    app.get('/', async (request, reply) => {
      const person = findPerson(request)
      const language = languageOf(request)
      if (!person) return sendPage(reply, signInPage(language, { query: '', usernames, failed: false }))
      const allowedClients = tokens.clientsOf(person.userid)
      return sendPage(
        reply,
        homePage(language, {
          name: person.name,
          applications: applications.filter(({ clientId }) => allowedClients.includes(clientId)),
        }),
      )
    })

    app.get('/oauth2_user/authorize2', async (request, reply) => {
      if (takeFault(switches, 'authorize2')) return sendPage(reply.code(503), maintenancePage())
      const query = queryOf(request)
      const { application, scopes } = readRequest(query, applications)
      const person = findPerson(request)
      const language = languageOf(request)
      const pageInput = { query, application: application.name }
      return sendPage(
        reply,
        person
          ? permissionPage(language, { ...pageInput, name: person.name, scopes })
          : signInPage(language, { ...pageInput, usernames, failed: false }),
      )
    })

    app.post<{ Body: URLSearchParams }>('/oauth2_user/authorize2', async (request, reply) => {
      const query = queryOf(request)
      const { application, scopes, redirectUri, state } = readRequest(query, applications)
      const person = findPerson(request)
      if (!person) return reply.redirect(`/oauth2_user/authorize2${query}`, 303)
      const answer = requireUrl(redirectUri)
      if (request.body.get('decision') === 'allow') {
        const permission = { clientId: application.clientId, userid: person.userid, scope: scopes.join(',') }
        answer.searchParams.set('code', tokens.issueCode(permission, redirectUri))
      } else answer.searchParams.set('error', 'access_denied')
      answer.searchParams.set('state', state)
      return reply.redirect(answer.href, 302)
    })

    app.post<{ Body: URLSearchParams }>('/sign-in', async (request, reply) => {
      const query = queryOf(request)
      const username = request.body.get('username')
      const person = people.find((each) => each.username === username)
      if (person && request.body.get('password') === `${person.username}-demo`) {
        const session = randomBytes(20).toString('hex')
        sessions.set(session, person)
        setCookie(reply, session)
        return reply.redirect(afterSignIn(query), 303)
      }
      const application = query === '' ? undefined : readRequest(query, applications).application.name
      const options = { query, usernames, failed: true, ...(application !== undefined && { application }) }
      // Not a 401: a browser closes an extension's sign-in window at an error page.
      return sendPage(reply, signInPage(languageOf(request), options))
    })

    app.post('/sign-out', async (request, reply) => {
      sessions.delete(parseCookie(request.headers.cookie ?? '')[COOKIE] ?? '')
      setCookie(reply, '')
      return reply.redirect(afterSignIn(queryOf(request)), 303)
    })

    app.post<{ Body: URLSearchParams }>('/disconnect', async (request, reply) => {
      const person = findPerson(request)
      if (person) unlink(request.body.get('client_id') ?? '', person.userid)
      return reply.redirect('/', 303)
    })
  }

/** Returns the query with its question mark, or nothing. */
const queryOf = ({ url }: FastifyRequest): string => {
  const question = url.indexOf('?')
  return question < 0 ? '' : url.slice(question)
}

const afterSignIn = (query: string): string => (query === '' ? '/' : `/oauth2_user/authorize2${query}`)

const sendPage = (reply: FastifyReply, page: string): FastifyReply => reply.type('text/html').send(page)

const setCookie = (reply: FastifyReply, session: string): void => {
  reply.header('set-cookie', `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax`)
}

/** @throws WrongRequest */
const readRequest = (query: string, applications: readonly Application[]) => {
  const params = new URLSearchParams(query)
  const application = applications.find(({ clientId }) => clientId === params.get('client_id'))
  if (!application) throw new WrongRequest('invalid_client: The client id supplied is invalid')
  const redirectUri = params.get('redirect_uri') ?? ''
  if (!application.callbacks.includes(redirectUri)) {
    throw new WrongRequest(
      'redirect_uri_mismatch: The redirect URI provided is missing or does not match partner callback url',
    )
  }
  if (params.get('response_type') !== 'code')
    throw new WrongRequest('invalid_request: Invalid or missing response type')
  const state = params.get('state')
  if (!state) throw new WrongRequest('invalid_request: The state parameter is required')
  // Scopes are separated by a comma, without a space. With a space after it, as in OAuth, two names would become one unknown
  // name.
  const scopes = (params.get('scope') ?? '').split(',')
  if (!scopes.every((scope) => application.scopes.includes(scope)))
    throw new WrongRequest('invalid_scope: An unsupported scope was requested')
  return { application, redirectUri, state, scopes }
}
