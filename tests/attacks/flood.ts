import { Agent, request } from 'node:http'

/** In every query of the flood: must never be found in the database. */
export const FLOOD_MARK = 'ZZSTRANGER'

const QUERY = `${FLOOD_MARK}=${'q'.repeat(8_000)}`
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const NOBODY = 'client_id=nobody&client_secret=guess'

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** What strangers ask: without a token and with a wrong one, where nothing is, as a client that nobody knows. */
const ASKED: readonly Asked[] = [
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

const AT_ONCE = 32

/** Sends so many requests of strangers, over a few connections. @returns how often each status came. */
export const flood = async (base: string, count: number): Promise<Record<number, number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const statuses: Record<number, number> = {}
  let sent = 0
  const sendAll = async () => {
    while (sent < count) {
      const asked = ASKED[sent++ % ASKED.length]
      if (!asked) return
      const status = await send(agent, base, asked)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendAll))
  agent.destroy()
  return statuses
}

const send = (
  agent: Agent,
  base: string,
  { path, method = 'GET', headers = {}, body = '' }: Asked,
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
