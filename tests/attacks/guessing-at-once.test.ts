import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '../../server/sign-in/secrets/rate-limit.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { type Answer, attack } from './attack.ts'
import { applications } from './people.ts'

const PUBLIC_URL = 'https://records.test'
// Behind a proxy, so that requests can come from many addresses.
const anna = attack({ publicUrl: PUBLIC_URL, costlyPasswords: true })
const { conf } = applications

beforeEach(() => anna.server.store.write((trx) => trx.deleteFrom('rate_limit').execute()))

const address = (n: number) => `198.18.${Math.floor(n / 250)}.${(n % 250) + 1}`
const many = <T>(count: number, ask: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => ask(n)))

/** The sign-in form of one browser, which may be submitted any number of times. */
const formOf = async () => {
  const login = await anna.send('/login', { from: address(0) })
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const form_token = /name="form_token" value="([^"]+)"/.exec(login.text)?.[1] ?? ''
  return { cookie, form_token }
}
const openForm = async () => {
  const { cookie, form_token } = await formOf()
  return (username: string, password: string, from: string) =>
    anna.send('/login', {
      method: 'POST',
      from,
      headers: { cookie, origin: PUBLIC_URL },
      body: new URLSearchParams({ username, password, form_token }),
    })
}

/** The number of refused sign-ins: wrong passwords by their entries, those beyond a limit by their count. */
const refusals = async () => {
  const { countAll } = anna.server.store.db.fn
  const { wrong } = await anna.server.store.db
    .selectFrom('audit_event')
    .select(countAll<number>().as('wrong'))
    .where('subtype', '=', 'sign-in')
    .where('json', 'like', '%"outcomeDesc":"wrong_password"%')
    .executeTakeFirstOrThrow()
  const { by } = await refusedRequests(anna.server.store)
  const countOf = (reason: string) => by[`sign-in ${reason}`] ?? 0
  return {
    wrong: Number(wrong),
    busy: countOf('busy'),
    limited: countOf('busy') + countOf('too_many_attempts'),
  }
}
const since = async (before: Awaited<ReturnType<typeof refusals>>) => {
  const now = await refusals()
  return {
    wrong: now.wrong - before.wrong,
    busy: now.busy - before.busy,
    limited: now.limited - before.limited,
  }
}

describe('F10 many passwords at once', () => {
  test('F10 of 201 for one name, the right one last, no more than the limit are checked', {
    timeout: 60_000,
  }, async () => {
    const tryOne = await openForm()
    const before = await refusals()
    const answers = await many(201, (n) => tryOne('anna', n === 200 ? 'anna-demo' : `guess-${n}`, address(n)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const refused = await since(before)
    expect(refused.wrong).toBe(LIMITS.account.failures)
    expect(refused.limited).toBe(201 - LIMITS.account.failures)
  })

  test('F10 of 1,500 from one address, no more than the limit are checked', {
    timeout: 120_000,
  }, async () => {
    const tryOne = await openForm()
    const before = await refusals()
    for (let wave = 0; wave < 5; wave++) {
      const answers = await many(300, (n) => tryOne(`somebody-${wave}-${n}`, 'spring-2026', address(0)))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    }
    const refused = await since(before)
    expect(refused.wrong).toBe(LIMITS.address.failures)
    expect(refused.limited).toBe(1500 - LIMITS.address.failures)
  })
})

describe('F10 many secrets at once', () => {
  const ask = (secret: string, from: string) =>
    anna.send('/oauth/token', {
      method: 'POST',
      from,
      headers: { authorization: `Basic ${Buffer.from(`${conf.client_id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nobodys-token' }),
    })
  const count = (answers: readonly Answer[], expected: number) =>
    answers.filter(({ status }) => status === expected).length

  test('F10 of 201, the right one last, no more than the limit are checked', async () => {
    const answers = await many(201, (n) =>
      ask(n === 200 ? conf.client_secret : `guess-number-${n}`, address(0)),
    )
    expect(count(answers, 401)).toBe(LIMITS.client.failures)
    expect(count(answers, 429)).toBe(201 - LIMITS.client.failures)
  })

  test('F10 an application that is merely busy does not wait: 100 requests at once with the right secret', async () => {
    const answers = await many(100, () => ask(conf.client_secret, address(0)))
    expect(answers.map(({ json }) => json.error)).toEqual(answers.map(() => 'invalid_grant'))
    const remaining = () => anna.server.store.db.selectFrom('rate_limit').select('failures').execute()
    // Of its network, and of its site.
    await expect.poll(remaining).toEqual([{ failures: 0 }, { failures: 0 }])
  })

  test('F10 of 60 forged assertions, no more than the limit are checked', async () => {
    const organization = { url: PUBLIC_URL, store: anna.server.store }
    const job = await registerSignedClient(organization)
    const forger = await registerSignedClient(organization)
    const answers = await many(60, async () =>
      anna.send('/oauth/token', {
        method: 'POST',
        from: address(0),
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          scope: 'system/Patient.rs',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await forger.assertion(
            { iss: job.clientId, sub: job.clientId },
            { kid: job.publicKey.kid ?? '' },
          ),
        }),
      }),
    )
    expect(count(answers, 401)).toBe(LIMITS.client.failures)
    expect(count(answers, 429)).toBe(60 - LIMITS.client.failures)
  })
})

type Form = Awaited<ReturnType<typeof formOf>>

describe('F11 a flood of passwords', () => {
  const signIn = (form: Form, username: string, password: string, from: string) =>
    anna.send('/login', {
      method: 'POST',
      from,
      headers: { cookie: form.cookie, origin: PUBLIC_URL },
      body: new URLSearchParams({ username, password, form_token: form.form_token }),
    })
  /** The form of the same browser after it signed in: each sign-in makes it known under a new cookie. */
  const knownAfter = (form: Form, { headers }: Answer): Form => {
    const device = headers.getSetCookie().find((line) => /^[^=]*device=/.test(line)) ?? ''
    const others = form.cookie.split('; ').filter((cookie) => !/^[^=]*device=/.test(cookie))
    return { ...form, cookie: [...others, device.split(';')[0]].join('; ') }
  }
  const knownBrowser = async (n: number): Promise<Form> => {
    const form = await formOf()
    return knownAfter(form, await signIn(form, 'anna', 'anna-demo', address(n)))
  }

  test('F11 from many browsers that one person signed in with leaves room for everybody else', {
    timeout: 60_000,
  }, async () => {
    const own = await formOf()
    const browsers: Form[] = []
    for (let n = 0; n < 20; n++) browsers.push(await knownBrowser(n))
    const flood = many(100, (n) => signIn(browsers[n % 20] ?? own, 'anna', `guess-${n}`, address(n)))
    const answer = await signIn(own, 'bert', 'bert-demo', address(500))
    expect(answer.status).toBe(303)
    const refused = (await flood).filter(({ text }) => text.includes('Many people are signing in right now'))
    expect(refused.length).toBeGreaterThan(60)
  })

  test('F12 by strangers who try one name keeps that person out of no browser that they use', {
    timeout: 60_000,
  }, async () => {
    let known = await knownBrowser(0)
    let isOver = false
    const strangers = many(64, async (n) => {
      const form = await formOf()
      while (!isOver) await signIn(form, 'anna', `guess-${n}`, address(n + 1))
    })
    const answers: number[] = []
    for (let n = 0; n < 5; n++) {
      const answer = await signIn(known, 'anna', 'anna-demo', address(0))
      answers.push(answer.status)
      known = knownAfter(known, answer)
    }
    isOver = true
    await strangers
    expect(answers).toEqual([303, 303, 303, 303, 303])
  })

  test('F11 is hashed a few at a time; the others are told to wait, and readers are not slowed down', {
    timeout: 120_000,
  }, async () => {
    const job = await registerSignedClient({ url: PUBLIC_URL, store: anna.server.store })
    const tokens = await anna.send('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Patient.rs',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await job.assertion(),
      }),
    })
    const bearer: string = tokens.json.access_token
    const form = await formOf()
    const before = await refusals()
    let lookedAt = 0
    let busy = 0
    // Different names and addresses, so that only the hashing limits them.
    const tryOne = async (n: number) => {
      const answer = await fetch(`${anna.server.url}/login`, {
        method: 'POST',
        headers: { cookie: form.cookie, 'x-forwarded-for': address(n) },
        body: new URLSearchParams({
          ...{ username: `nobody-${randomUUID()}`, password: 'spring-2026' },
          form_token: form.form_token,
        }),
      })
      expect(answer.status).toBe(200)
      const isBusy = (await answer.text()).includes('Many people are signing in right now')
      if (isBusy) busy += 1
      else lookedAt += 1
    }
    const read = async () => {
      const before = lookedAt
      const startedAt = performance.now()
      const answer = await fetch(`${anna.server.url}/fhir/Patient/pa`, {
        headers: { authorization: `Bearer ${bearer}` },
      })
      expect(answer.status).toBe(200)
      await answer.text()
      return { ms: performance.now() - startedAt, hashes: lookedAt - before }
    }
    // Time that a busy machine needs for other work.
    const quiet = [await read(), await read(), await read()]
    const usual = Math.max(...quiet.map(({ ms }) => ms))
    const reads: { ms: number; hashes: number }[] = []
    for (let wave = 0; wave < 3; wave++) {
      const flood = many(120, (n) => tryOne(wave * 120 + n))
      for (let isOver = false; !isOver; ) {
        reads.push(await read())
        isOver = await Promise.race([flood.then(() => true), sleep(1000).then(() => false)])
      }
    }
    expect(Math.max(...reads.map(({ ms }) => ms)), 'ms of the slowest read').toBeLessThan(
      Math.max(1500, 20 * usual),
    )
    expect(Math.max(...reads.map(({ hashes }) => hashes)), 'hashes that a read waited for').toBeLessThan(30)
    expect(lookedAt + busy).toBe(360)
    expect(busy).toBeGreaterThan(0)
    const refused = await since(before)
    expect([refused.wrong, refused.busy]).toEqual([lookedAt, busy])
    // A password that was not checked does not count as a try; one that was counts for its name, network and site.
    const remaining = await anna.server.store.db.selectFrom('rate_limit').select('failures').execute()
    expect(remaining.reduce((sum, { failures }) => sum + failures, 0)).toBe(3 * refused.wrong)
  })
})
