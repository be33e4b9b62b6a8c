import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'

/** The longest body that the engine reads, in bytes. */
const LONGEST = 56 * 1024

/**
 * A public application need not say which one it is when it refreshes: SMART App Launch 2.2 ("Refresh access
 * token") gives this request no `client_id`, RFC 6749 (section 3.2.1) asks for it at the redemption of a code alone, and
 * `fhirclient` leaves it out. The
 * engine needs one, so it is told whose the token is. An application with a secret or a key still has to prove itself.
 */
export const nameRefreshingClient = (engine: Provider): void => {
  /** The public application that holds this refresh token. */
  const holderOf = async (value: string): Promise<string | undefined> => {
    const token = await engine.RefreshToken.find(value)
    const client = token?.clientId === undefined ? undefined : await engine.Client.find(token.clientId)
    return client?.clientAuthMethod === 'none' ? client.clientId : undefined
  }

  engine.use(async (ctx, next) => {
    const { length } = ctx.request
    const unnamed =
      ctx.method === 'POST' &&
      ctx.path === '/oauth/token' &&
      ctx.get('authorization') === '' &&
      ctx.is('application/x-www-form-urlencoded') !== false &&
      length !== undefined &&
      length <= LONGEST
    if (!unnamed) return next()
    const body = await read(ctx.req).catch(() => undefined)
    if (body === undefined) {
      ctx.status = 400
      ctx.body = { error: 'invalid_request', error_description: 'The body of the request could not be read.' }
      return
    }
    const form = new URLSearchParams(body.toString())
    const [token, ...others] = form.getAll('refresh_token')
    const names = ['client_id', 'client_secret', 'client_assertion'].some((name) => form.has(name))
    const asks = form.get('grant_type') === 'refresh_token' && token !== undefined && others.length === 0
    const client = asks && !names ? await holderOf(token) : undefined
    const added = client === undefined ? '' : `&${new URLSearchParams({ client_id: client })}`
    offer(ctx.req, Buffer.concat([body, Buffer.from(added)]))
    return next()
  })
}

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Lets the engine, which reads the request by these members, read it as if nobody had before. */
const offer = (request: IncomingMessage, body: Buffer): void => {
  request.headers['content-length'] = String(body.length)
  Object.defineProperties(request, { readable: { value: true }, iterator: { value: () => [body] } })
}
