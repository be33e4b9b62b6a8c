import { Agent, request } from 'node:http'

/** In every query of the flood; must never be found in the database. */
export const FLOOD_MARK = 'ZZSTRANGER'

const QUERY = `${FLOOD_MARK}=${'q'.repeat(8_000)}`
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const NOBODY = 'client_id=nobody&client_secret=guess'

interface StrangerRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Requests of strangers: without a token, with a wrong one, to paths that do not exist, from an unknown client. */
const REQUESTS: readonly StrangerRequest[] = [
  { path: `/fhir/Patient?${QUERY}` },
  { path: `/fhir/Observation/o1?${QUERY}`, headers: { authorization: `Bearer ${FLOOD_MARK}` } },
  { path: `/fhir/Nothing?${QUERY}`, headers: { authorization: 'Bearer x y' } },
  { path: '/fhir', method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: '{}' },
  { path: `/FHIR/Patient?${QUERY}` },
  { path: `/nowhere?${QUERY}` },
  { path: `/oauth/authorize?client_id=nobody&${QUERY}` },
  { path: `/oauth/authorize?client_id=ext&${QUERY}` },
  { path: '/oauth/token', method: 'POST', headers: FORM, body: `grant_type=password&${NOBODY}&${QUERY}` },
  { path: '/oauth/introspect', method: 'POST', headers: FORM, body: `token=${FLOOD_MARK}&${NOBODY}` },
  { path: '/oauth/introspect', method: 'POST', headers: FORM, body: `token=${FLOOD_MARK}&client_id=ext` },
  { path: '/oauth/revoke', method: 'POST', headers: FORM, body: `token=${FLOOD_MARK}&client_id=ext` },
  { path: `/oauth/userinfo?${QUERY}`, headers: { authorization: `Bearer ${FLOOD_MARK}` } },
  { path: `/oauth/nowhere?${QUERY}` },
  { path: '/oauth/register', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
  { path: `/audit/proof/inclusion?${QUERY}` },
  { path: '/account/disconnect', method: 'POST', headers: FORM, body: `form_token=${FLOOD_MARK}` },
  { path: `/fhir/Patient?${QUERY}`, headers: { expect: 'x' } },
  { path: `/fhir/Patient?${QUERY}`, headers: { 'content-encoding': 'gzip' } },
]

const CONNECTIONS = 32

/** Sends `count` requests of strangers over a few connections. @returns the number of answers by status. */
export const flood = async (base: string, count: number): Promise<Record<number, number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const statuses: Record<number, number> = {}
  let sentCount = 0
  const sendAll = async () => {
    while (sentCount < count) {
      const next = REQUESTS[sentCount++ % REQUESTS.length]
      if (!next) return
      const status = await send(agent, base, next)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, sendAll))
  agent.destroy()
  return statuses
}

const send = (
  agent: Agent,
  base: string,
  { path, method = 'GET', headers = {}, body = '' }: StrangerRequest,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sending = request(
      new URL(path, base),
      { agent, method, headers: { ...headers, ...length } },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    sending.on('error', reject)
    sending.end(body)
  })
