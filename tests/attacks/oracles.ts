import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { CANARY_A, CANARY_B } from '../fixtures/canary.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import type { AttackedServer } from './attacked-server.ts'
import { askedBy, withoutEcho } from './echo.ts'
import { accounts } from './people.ts'
import { foreignIn } from './records.ts'
import { collectSecrets } from './secrets.ts'

/** The parts of a request by which its answer is checked; `path` is without the query. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly token?: string
  readonly preflight?: boolean
}

/** A `fetch` with the checks that hold for every request of every attack, and the checks around each row. */
export interface Oracles {
  readonly fetch: typeof fetch
  /**
   * The same checks for an answer from a raw socket.
   *
   * @param counted the number of counted requests of strangers before the request. @returns how many must be counted after it.
   */
  seen(answer: Response, text: string, sent: Sent, counted: number): Promise<number>
  /** The number of counted requests of strangers. */
  counted(): Promise<number>
  /** Exempts a token from O1, because it may read pb's record. */
  mayReadAll(token: string): void
  /** To be called before each row. */
  begin(): Promise<void>
  /** To be called after each row. */
  end(): Promise<void>
}

/**
 * Paths without an entry in the access log: documents and forms about nobody, and pages that show only the person's
 * own account.
 */
const PUBLIC =
  /^\/((login|account|password)(\/|$)|ehr$|brands.json$|smart-style.json$|metadata$|fhir\/metadata$|(fhir\/)?\.well-known\/|oauth\/jwks$|audit\/(checkpoint$|key$|proof\/consistency$)|assets\/|healthz$|readyz$)/

/** Pages that show names to a clinician but not to a patient; for a clinician they have an entry (`looked-at.test.ts`). */
const SHOWS_ONE = /^\/consent\//

const isPublic = ({ method, path, preflight = false }: Sent) =>
  method === 'OPTIONS'
    ? // A CORS preflight reads nothing.
      preflight
    : ['GET', 'HEAD'].includes(method) && PUBLIC.test(path)

export const createOracles = (server: AttackedServer): Oracles => {
  const readers = new Set<string>()
  const secrets = collectSecrets(accounts.map(({ password }) => password))
  const names = [CANARY_A, CANARY_B, ...accounts.map(({ name }) => name)]
  let memoryBefore: number | undefined
  let lastId: string | undefined
  let lastSeq = 0
  /** Requests of strangers: counted before this row, and answered during it. */
  let countedBefore = 0
  let countedInRow = 0
  /** Parameter values that were sent. The log keeps the query of a search (BALP), but never its results. */
  const values = new Set<string>()

  const entriesOf = (requestId: string) =>
    server.store.db.selectFrom('audit_event').selectAll().where('request_id', '=', requestId).execute()

  const countRefusals = async () => (await refusedRequests(server.store)).total

  const watched: typeof fetch = async (input, init) => {
    const requestId = randomUUID()
    const request = new Request(input, init)
    request.headers.set('x-request-id', requestId)
    const body = await request.clone().text()
    const before = await countRefusals()
    const response = await fetch(request, { redirect: 'manual' })
    // When the first byte arrives, the entry must already be written.
    const written = { entries: await entriesOf(requestId), raised: (await countRefusals()) - before }
    const text = await response.clone().text()
    secrets.sent(request, body)
    // The log may keep only some values of a list.
    for (const value of askedBy(request.url, body).values())
      for (const one of value.split(',')) values.add(one)
    secrets.received(response, text)
    lastId = requestId

    const { method } = request
    const { pathname: path } = new URL(request.url)
    const token = request.headers.get('authorization')?.replace('Bearer ', '')
    const preflight = request.headers.has('access-control-request-method')
    const withoutEchoes = withoutEcho(text, askedBy(request.url, body))
    judge(response, { text, withoutEchoes }, { method, path, preflight, ...(token && { token }) }, written)
    await requireAllCounted()
    expect(response.headers.get('x-request-id'), `request id of ${method} ${path}`).toBe(requestId)
    return response
  }

  /** @param body the text of the answer, with and without echoed parameters. */
  const judge = (
    answer: Response,
    { text, withoutEchoes }: { text: string; withoutEchoes: string },
    sent: Sent,
    written: Written,
  ): void => {
    const row = `${sent.method} ${sent.path} (${answer.status})`
    if (!readers.has(sent.token ?? '') && !isConsentOfB(sent, text))
      requireOnlyOwn(row, answer, withoutEchoes)
    const status = isSilent(sent, answer, written) ? 'public' : answer.status
    requireLogged(row, status, written, text, partsOf(sent, answer, text))
    if (isCounted(sent, answer, written)) countedInRow++
    requireNoInternals(row, answer, text, sent.path)
    // Libraries refuse a type that they do not expect, even of nothing: `oidc-client-ts` throws after a revocation.
    if (text === '' && sent.method !== 'HEAD') expect(answer.headers.get('content-type'), row).toBeNull()
  }

  /** Compares the counts, so that simultaneous requests cannot share one. */
  const requireAllCounted = async () =>
    expect((await countRefusals()) - countedBefore, 'requests of strangers counted').toBeGreaterThanOrEqual(
      countedInRow,
    )

  /**
   * Collects garbage only if the memory could have grown too much, because that takes longer than most rows.
   *
   * @param withGarbage the memory in use now.
   */
  const requireNotGrown = async (withGarbage: number) => {
    const before = memoryBefore ?? 0
    const hasRoom = withGarbage - before < MOST_GROWTH
    const memory = hasRoom ? withGarbage : await server.memory()
    memoryBefore = hasRoom ? Math.min(before, memory) : memory
    expect(memory - before, 'memory taken since it was last measured').toBeLessThan(MOST_GROWTH)
  }

  return {
    fetch: watched,
    seen: async (answer, text, sent, before) => {
      lastId = answer.headers.get('x-request-id') ?? expect.fail(`no request id for ${sent.path}`)
      const written = { entries: await entriesOf(lastId), raised: (await countRefusals()) - before }
      judge(answer, { text, withoutEchoes: text }, sent, written)
      await requireAllCounted()
      return before + (isCounted(sent, answer, written) ? 1 : 0)
    },
    counted: countRefusals,
    mayReadAll: (token) => void readers.add(token),

    begin: async () => {
      memoryBefore ??= await server.memory()
      await server.health()
      lastId = undefined
      countedBefore = await countRefusals()
      countedInRow = 0
      const last = await server.store.db
        .selectFrom('audit_event')
        .select((eb) => eb.fn.max('seq').as('seq'))
        .executeTakeFirst()
      lastSeq = last?.seq ?? 0
    },

    end: async () => {
      // O4: the server is alive and responsive, has not grown, and answers the next request quickly.
      const { turn, memory } = await server.health()
      expect(turn, 'ms of a turn of the event loop').toBeLessThan(200)
      await requireNotGrown(memory)
      // In processor time, because a busy machine makes every request wait.
      const spent = await server.processor()
      expect((await fetch(`${server.url}/fhir/metadata`)).status).toBe(200)
      expect((await server.processor()) - spent, 'ms for the next request').toBeLessThan(500)

      // O3: the log and the output contain no secrets, and the log contains the query but not the results.
      const id = lastId
      if (id) await expect.poll(() => server.output(), { timeout: 2_000 }).toContain(id)
      const output = server.output()
      expect(secrets.in(output), 'secrets in the output').toEqual([])
      expect(
        names.filter((name) => output.includes(name)),
        'names in the output',
      ).toEqual([])
      const rows = await server.store.db
        .selectFrom('audit_event')
        .select('json')
        .where('seq', '>', lastSeq)
        .execute()
      for (const { json } of rows) {
        expect(secrets.in(json + queryOf(json)), 'secrets in the access log').toEqual([])
        const loggedValues = [...new URLSearchParams(queryOf(json)).values()].flatMap((value) =>
          value.split(','),
        )
        const unasked = loggedValues.filter((value) => !values.has(value))
        expect(foreignIn(unasked.join('\n')), 'pb in the query that the log keeps').toEqual([])
      }
    },
  }
}

/** The first check of the log on its thread, a minute after the start, takes as much once. */
const MOST_GROWTH = 200 * 1024 * 1024

/** Checks for the page on which pb's own account decides, which names pb. */
const isConsentOfB = ({ method, path }: Sent, text: string): boolean =>
  method === 'GET' && SHOWS_ONE.test(path) && text.includes(`signed in as ${NAME_OF_B} `)

const NAME_OF_B = accounts.find(({ patient }) => patient === 'pb')?.name

/** O1: an answer contains nothing of pb's record, unless its token may read it. */
const requireOnlyOwn = (row: string, { status, statusText, headers }: Response, text: string): void => {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`)
  const everything = [`${status} ${statusText}`, ...lines, text].join('\n')
  expect(foreignIn(everything), `pb in the answer to ${row}`).toEqual([])
}

interface LogRow {
  readonly patient: string | null
  readonly json: string
}

/** The server's output at the time of the answer. */
interface Written {
  /** Entries with the id of the request. */
  readonly entries: readonly LogRow[]
  /** By how much the count of strangers' requests has grown since the request was sent. */
  readonly raised: number
}

/** Checks whether the answer is about nobody, so that it needs no entry. */
const isSilent = (sent: Sent, answer: Response, { entries }: Written): boolean =>
  isPublic(sent) ||
  isBegun(sent, answer) ||
  (isUnchanged(sent, answer) && entries.length === 0) ||
  (sent.method === 'GET' && SHOWS_ONE.test(sent.path) && entries.length === 0)

/** Checks for an authorization before sign-in: it is as public as the login form that it redirects to. */
const isBegun = ({ path }: Sent, { status, headers }: Response): boolean =>
  path.startsWith('/oauth/authorize') &&
  status === 303 &&
  headers.get('location')?.startsWith('/login/') === true

/**
 * Checks for the form of a person's own connection that changes nothing, because its page is out of date or was left as it is:
 * the answer is the page again, which needs no entry either.
 */
const isUnchanged = ({ method, path }: Sent, { status, headers }: Response): boolean =>
  method === 'POST' &&
  path.startsWith('/account/connections/') &&
  status === 303 &&
  /\?saved=(meanwhile|nothing)&/.test(headers.get('location') ?? '')

/** Whether the request must be counted as a stranger's, because it has no entry of its own. */
const isCounted = (sent: Sent, answer: Response, written: Written): boolean =>
  !isSilent(sent, answer, written) && answer.status !== 503 && written.entries.length === 0

/** How many requests were answered; a batch counts once for each of its entries. */
const partsOf = ({ method, path }: Sent, { status }: Response, text: string): number => {
  if (method !== 'POST' || path !== '/fhir' || status !== 200) return 1
  return Math.max(1, (JSON.parse(text) as { entry?: unknown[] }).entry?.length ?? 0)
}

/**
 * O2: each request has one entry, or one for each patient concerned. A stranger's refused request has none, but raises the
 * count. When neither can be written, the answer is 503.
 *
 * @param parts how many requests a batch contains.
 */
const requireLogged = (
  row: string,
  status: number | 'public',
  { entries, raised }: Written,
  text: string,
  parts: number,
): void => {
  const patients = new Set(entries.map(({ patient }) => patient))
  const what = `entries in the access log for ${row}`
  if (status === 'public' || status === 503) expect(entries.length, what).toBe(0)
  else if (parts > 1) expect(entries.length, what).toBeGreaterThanOrEqual(parts)
  else if (entries.length > 0) expect(entries.length, what).toBe(patients.size)
  else expect(raised, `neither an entry nor a count of ${row}`).toBeGreaterThan(0)
  if (status !== 503) return
  expect(text, row).not.toMatch(/"(access_token|refresh_token|id_token|entry)"/)
  expect(
    [CANARY_A, CANARY_B].filter((mark) => text.includes(mark)),
    row,
  ).toEqual([])
}

const INTERNALS = [
  /\n\s+at .+:\d+:\d+/,
  /node_modules|\.[cm]?[jt]s:\d/,
  /sqlite|postgres|constraint failed|violates|no such (table|column)|relation .+ does not|syntax error/i,
  /\b(select .+ from|insert into|update .+ set|delete from) /i,
  /(^|["'\s(])\/(home|work|tmp|usr|root|var)\//,
]

/** O6: an error has the form of its protocol and reveals no internals. */
const requireNoInternals = (row: string, { status, headers }: Response, text: string, path: string): void => {
  for (const inside of INTERNALS) expect(text, row).not.toMatch(inside)
  const type = headers.get('content-type') ?? ''
  if (type.includes('html')) {
    expect(headers.get('content-security-policy'), row).toContain("frame-ancestors 'none'")
    expect(headers.get('x-frame-options'), row).toBe('DENY')
  }
  if (status < 400 || text === '') return
  if (path === '/fhir' || path.startsWith('/fhir/')) {
    expect(type, row).toContain('application/fhir+json')
    const { resourceType, issue } = JSON.parse(text)
    expect(resourceType, row).toBe('OperationOutcome')
    expect(issue, row).toEqual([expect.objectContaining({ severity: 'error', code: expect.any(String) })])
  } else if (path.startsWith('/oauth/') && !type.includes('html')) {
    expect(JSON.parse(text).error, row).toMatch(/^[a-z_]+$/)
  }
}

const queryOf = (json: string): string => {
  const { entity = [] } = JSON.parse(json) as { entity?: { query?: string }[] }
  return entity
    .flatMap(({ query }) => query ?? [])
    .map((query) => Buffer.from(query, 'base64').toString())
    .join('\n')
}
