import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { type Answer, attack } from './attack.ts'
import { applications } from './people.ts'

const PUBLIC_URL = 'https://records.test'
// Behind a proxy, so that requests can come from many addresses.
const anna = attack({ publicUrl: PUBLIC_URL, costlyPasswords: true })
const { conf, evil } = applications

let networks = 0
/** An address that no request has come from. */
const anywhere = () => `198.51.${100 + Math.floor(networks / 250)}.${(networks++ % 250) + 1}`

const forgetFailures = () => anna.server.store.write((trx) => trx.deleteFrom('rate_limit').execute())

describe('A23 a caller who guesses secrets has to wait, and nobody else', () => {
  const ask = (secret: string, from: string, client_id: string = conf.client_id) =>
    anna.send('/oauth/token', {
      method: 'POST',
      from,
      headers: { authorization: `Basic ${Buffer.from(`${client_id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nobodys-token' }),
    })
  const waits = (answer: Answer) => {
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  }
  /** Authenticates the client, so a refusal is about the token in the request. */
  const isKnown = (answer: Answer) => expect(answer.json.error).toBe('invalid_grant')

  test('50 wrong secrets from one address', async () => {
    const here = anywhere()
    const statuses: number[] = []
    for (let n = 0; n < 50; n++) statuses.push((await ask(`guess-number-${n}`, here)).status)
    const firstRefusal = statuses.indexOf(429)
    expect(firstRefusal).toBeGreaterThan(2)
    expect(statuses.slice(0, firstRefusal).every((status) => status === 401)).toBe(true)
    expect(statuses.slice(firstRefusal).every((status) => status === 429)).toBe(true)
    waits(await ask(conf.client_secret, here))
    isKnown(await ask(conf.client_secret, anywhere()))
    isKnown(await ask(evil.client_secret, here, evil.client_id))
  })

  test('50 at the same moment', async () => {
    const here = anywhere()
    const guesses = Array.from({ length: 50 }, (_, n) => ask(`guess-number-${n}`, here))
    expect((await Promise.all(guesses)).every(({ status }) => status === 401 || status === 429)).toBe(true)
    waits(await ask(conf.client_secret, here))
  })

  test('50 forged assertions from one address, however they are sent', async () => {
    const organization = { url: PUBLIC_URL, store: anna.server.store }
    const job = await registerSignedClient(organization)
    const forger = await registerSignedClient(organization)
    const forged = () =>
      forger.assertion({ iss: job.clientId, sub: job.clientId }, { kid: job.publicKey.kid ?? '' })
    const present = async (client_assertion: string, from: string, inPieces = false) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Patient.rs',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
      })
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = inPieces ? new Blob([form.toString()]).stream() : form
      return anna.send('/oauth/token', {
        method: 'POST',
        from,
        headers,
        body,
        duplex: 'half',
      } as RequestInit)
    }
    const here = anywhere()
    const statuses: number[] = []
    for (let n = 0; n < 50; n++) statuses.push((await present(await forged(), here, n % 2 === 1)).status)
    const firstRefusal = statuses.indexOf(429)
    expect(firstRefusal).toBeGreaterThan(2)
    expect(statuses.slice(0, firstRefusal).every((status) => status === 401)).toBe(true)
    expect(statuses.slice(firstRefusal).every((status) => status === 429)).toBe(true)
    waits(await present(await job.assertion(), here))
    expect((await present(await job.assertion(), anywhere())).status).toBe(200)
    expect((await present(await forger.assertion(), here)).status).toBe(200)
  })

  test('an address that the guesser puts in a header is not believed', async () => {
    const here = anywhere()
    for (let n = 0; n < 25; n++) await ask(`guess-number-${n}`, `${anywhere()}, ${here}`)
    waits(await ask('guess-number-26', `${anywhere()}, ${here}`))
  })
})

describe('A24 a caller who guesses passwords has to wait, and nobody is locked out for good', () => {
  /** A sign-in at the organization itself, in a new browser. */
  const attempt = async (username: string, password: string, from: string) => {
    const login = await anna.send('/login', { from })
    const cookie = login.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const form_token = /name="form_token" value="([^"]+)"/.exec(login.text)?.[1] ?? ''
    const startedAt = performance.now()
    const answer = await anna.send('/login', {
      method: 'POST',
      from,
      headers: { cookie, origin: PUBLIC_URL },
      body: new URLSearchParams({ username, password, form_token }),
    })
    return { ...answer, ms: performance.now() - startedAt, isIn: answer.status === 303 }
  }
  /** The text of the page, without the parts that differ from page to page. */
  const textOf = ({ text }: Answer, username: string) =>
    text.replace(/name="form_token" value="[^"]+"/, '').replaceAll(username, 'NAME')

  test('20 wrong passwords for one person from 20 addresses', async () => {
    await forgetFailures()
    const answers: string[] = []
    for (let n = 0; n < 20; n++) answers.push(textOf(await attempt('anna', `guess-${n}`, anywhere()), 'anna'))
    expect(new Set(answers.slice(0, 5)).size).toBe(1)
    expect(answers.at(-1), 'told to wait').not.toBe(answers[0])
    expect((await attempt('anna', 'anna-demo', anywhere())).isIn).toBe(false)
    expect((await attempt('lee', 'lee-demo', anywhere())).isIn, 'others are not held up').toBe(true)

    const rows = await anna.server.store.db.selectFrom('rate_limit').select('expires_at').execute()
    for (const { expires_at } of rows) expect(expires_at - Date.now()).toBeLessThanOrEqual(300_000)
    // Five minutes later: the process uses the real clock, so the stored rows are backdated.
    await anna.server.store.write((trx) =>
      trx
        .updateTable('rate_limit')
        .set(({ eb }) => ({ expires_at: eb('expires_at', '-', 300_000) }))
        .execute(),
    )
    expect((await attempt('anna', 'anna-demo', anywhere())).isIn, 'no lock is permanent').toBe(true)
  })

  test('one password for 200 people from one address', { timeout: 60_000 }, async () => {
    await forgetFailures()
    const here = anywhere()
    const answers: string[] = []
    for (let n = 0; n < 200; n++) {
      const name = `somebody${n}`
      answers.push(textOf(await attempt(name, 'spring-2026', here), name))
    }
    const waiting = answers.findIndex((answer) => answer !== answers[0])
    expect(waiting).toBeGreaterThan(5)
    expect(waiting).toBeLessThanOrEqual(50)
    expect((await attempt('lee', 'lee-demo', here)).isIn, 'a right guess is not looked at').toBe(false)
    expect((await attempt('lee', 'lee-demo', anywhere())).isIn).toBe(true)
  })

  test('an unknown name gets the same message after the same work', {
    timeout: 60_000,
  }, async () => {
    const words = new Set<string>()
    const timed = async (name: string) => {
      const answer = await attempt(name, 'a-wrong-password', anywhere())
      words.add(textOf(answer, name))
      return answer.ms
    }
    // In pairs, so that other work of the machine affects both.
    const pairs: [known: number, unknown: number][] = []
    for (let round = 0; round < 25; round++) {
      if (round % 8 === 0) await forgetFailures()
      const stranger = `nobody-${randomUUID().slice(0, 8)}`
      const first = await timed(round % 2 === 0 ? 'bert' : stranger)
      const second = await timed(round % 2 === 0 ? stranger : 'bert')
      if (round >= 5) pairs.push(round % 2 === 0 ? [first, second] : [second, first])
    }
    expect(words.size).toBe(1)
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
    // Without a hash for an unknown name, the answer would be immediate. How close the two times are cannot be
    // tested on a
    // machine that does other work.
    const [known, unknown] = [median(pairs.map(([it]) => it)), median(pairs.map(([, it]) => it))]
    expect(unknown).toBeGreaterThan(known / 2)
    expect(unknown).toBeLessThan(known * 2)
  })
})
