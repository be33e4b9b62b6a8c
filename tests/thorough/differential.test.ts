import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOfPatients } from '../../server/fhir/search/concerned-patients.ts'
import { SEARCH_PARAMETERS, targetsOf } from '../../server/query/parameters.ts'
import { engines } from '../fixtures/store.ts'
import {
  type Answer,
  type Entry,
  type GuardedServer,
  START,
  startGuarded,
  type TokenName,
} from '../integration/fhir/guarded-server.ts'
import { indexedValues, type RandomRequest, randomOf, requestsFrom } from './random-request.ts'
import { recordsOf, VARIANTS, type Variant } from './two-worlds.ts'

/** `CAREKEY_SEED=… npm exec -- vitest run --project thorough differential` repeats the same requests. */
const SEED = Number(process.env.CAREKEY_SEED ?? Date.now() % 2 ** 32)
/** The number of requests of each kind of caller. Each is sent in every world, and the answers are compared. */
const REQUESTS = { sqlite: 900, postgres: 150 } as const

/** Callers who reach only pa's record, by all kinds of scope. */
const PATIENTS = [
  'TA',
  'TA',
  'TA',
  'TAobs',
  'TAuser',
  'TCpa',
  'TAread',
  'TAlab',
  'TAlabOrMarch',
  'TAsome',
  'TAv1',
] as const
/** Callers who reach more than certain patients' records. */
const CLINICIANS = ['TC', 'TC', 'TC', 'TClab', 'TS'] as const

interface Outcome {
  readonly answer: Answer
  readonly entries: readonly Entry[]
  readonly next: string | undefined
}

describe.each(engines)('on %s, two databases that differ only in pb’s data', (engine) => {
  const servers = new Map<Variant, GuardedServer>()
  let next: () => RandomRequest
  const random = randomOf(SEED)

  beforeAll(async () => {
    process.stdout.write(`differential: CAREKEY_SEED=${SEED}\n`)
    const ids = new Map<string, string[]>()
    for (const variant of VARIANTS) {
      const records = recordsOf(variant)
      servers.set(variant, await startGuarded(records, engine))
      for (const { resourceType, id } of records)
        ids.set(resourceType, [...new Set([...(ids.get(resourceType) ?? []), id])])
    }
    for (const [variant, server] of servers) {
      // The same seed for each world, so that their requests have the same ids.
      const { json } = await server.get('metadata')
      if (variant === 'present')
        next = requestsFrom(random, json.rest[0].resource, await indexedValues(server.store), ids)
    }
  })
  afterAll(async () => {
    for (const server of servers.values()) await server.close()
  })

  const ask = async (server: GuardedServer, request: RandomRequest, token: TokenName): Promise<Outcome> => {
    server.now = START
    const { path, method, headers, payload } = request
    const answer = await server.get(path, token, {
      method,
      headers,
      ...(payload !== undefined && { payload }),
    })
    const links: { relation: string; url: string }[] = answer.json?.link ?? []
    return {
      answer,
      entries: await server.entries(),
      next: links.find(({ relation }) => relation === 'next')?.url,
    }
  }

  /** Everything in an answer except the time. Of page links, which are sealed again each time, only the length. */
  const visible = ({ status, headers, text }: Answer): string => {
    const { date: _, ...rest } = headers
    return JSON.stringify({
      status,
      rest,
      text: text
        .replace(/_page=[\w-]+/g, (link) => `_page=${link.length}`)
        // Entries of the log, which have ids of their own.
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid'),
    })
  }

  /** Sends the same request in each world, and follows the next pages. */
  const compare = async (
    token: TokenName,
    judge: (outcomes: ReadonlyMap<Variant, Outcome>, request: RandomRequest) => void,
    first = next(),
  ): Promise<number> => {
    let requests = new Map(VARIANTS.map((variant) => [variant, first]))
    const earlier = new Map<Variant, readonly Entry[]>()
    for (let page = 0; ; page++) {
      const outcomes = new Map<Variant, Outcome>()
      for (const [variant, request] of requests) {
        const server = servers.get(variant)
        if (!server) continue
        const outcome = await ask(server, request, token)
        // The pages before a page decide where it begins, so the patients of those pages concern it too.
        const entries = [...(earlier.get(variant) ?? []), ...outcome.entries]
        earlier.set(variant, entries)
        outcomes.set(variant, { ...outcome, entries })
      }
      const [firstRequest] = requests.values()
      if (firstRequest)
        judge(outcomes, {
          ...firstRequest,
          path: page === 0 ? firstRequest.path : `${first.path} (page ${page})`,
        })
      requests = new Map(
        [...outcomes].flatMap(([variant, { next: path }]) =>
          path === undefined ? [] : [[variant, { method: 'GET', path, headers: {} }] as const],
        ),
      )
      if (requests.size < VARIANTS.length || page === 3) return page + 1
    }
  }

  /** At random, only one in twelve requests does this, so it might never happen. */
  const nextThatNamesPb = (): RandomRequest => {
    for (;;) {
      const request = next()
      if (namesPb(request)) return request
    }
  }

  const count = REQUESTS[engine]
  const turns = Array.from({ length: count }, (_, turn) => turn)

  test('F62 a caller who may read pa’s record gets the same answers, byte by byte, with the same entries', async () => {
    let foundCount = 0
    for (const turn of turns) {
      const token = PATIENTS[turn % PATIENTS.length] ?? 'TA'
      await compare(token, (outcomes, request) => {
        const results = [...outcomes].map(([, { answer, entries }]) => ({
          answer: visible(answer),
          log: entries.map(({ patient, subtype, outcome, query }) => [patient, subtype, outcome, query]),
        }))
        for (const each of results)
          expect(each, `CAREKEY_SEED=${SEED} ${token} ${JSON.stringify(request)}`).toEqual(results[0])
        for (const { answer } of outcomes.values()) if (answer.text.includes('"entry"')) foundCount++
      })
    }
    expect(foundCount).toBeGreaterThan(count / 10)
  }, 600_000)

  test('F62 a clinician gets the same answers, or pb has an entry in one of the two', async () => {
    let differences = 0
    let namedCount = 0
    for (const turn of turns) {
      const token = CLINICIANS[turn % CLINICIANS.length] ?? 'TC'
      const judge: Parameters<typeof compare>[1] = (outcomes, request) => {
        const what = `CAREKEY_SEED=${SEED} ${token} ${JSON.stringify(request)}`
        const concerns = (variant: Variant) =>
          (outcomes.get(variant)?.entries ?? []).map(({ patient }) => patient)
        const textOf = (variant: Variant) => visible((outcomes.get(variant) as Outcome).answer)
        for (const variant of ['absent', 'changed'] as const) {
          if (textOf('present') === textOf(variant)) continue
          differences++
          expect([...concerns('present'), ...concerns(variant)], what).toContain('pb')
        }
        // A named patient gets an entry wherever data of theirs exist, even for "no match".
        for (const variant of namesPb(request) ? (['present', 'changed'] as const) : [])
          if (outcomes.get(variant)?.answer.status === 200) {
            namedCount++
            expect(concerns(variant), what).toContain('pb')
          }
        for (const { entries } of outcomes.values())
          for (const { patient, query = '' } of entries)
            if (patient !== 'pb') expect(foreign(query, patient), what).toEqual([])
      }
      await compare(token, judge, turn % 6 === 0 ? nextThatNamesPb() : next())
    }
    expect(differences).toBeGreaterThan(count / 8)
    expect(namedCount).toBeGreaterThan(count / 30)
  }, 600_000)
})

/** The part of a query that names only pb, in somebody else's entry: F31. */
const foreign = (query: string, patient: string | null): string[] => {
  const [path = '', parameters] = query.split('?')
  const values = [...new URLSearchParams(parameters)].flatMap(([name, value]) =>
    isOfNobody(path.replace('/_search', ''), name) ? [] : value.split(','),
  )
  // Any value of a parameter for patients counts as a patient's id.
  const others = values.filter((value) => value.split('/').at(-1) !== patient)
  return others.filter((value) => /^(Patient\/)?pb$|^b-|\/b-|Familyb|Givenb|Curie|555-b|other-1/.test(value))
}

/** Whether a search asks for pb by a reference, or by the id of a Patient. */
const namesPb = ({ path, payload }: RandomRequest): boolean => {
  const [address = '', query = payload] = path.split('?')
  const type = address.replace('/_search', '')
  return [...new URLSearchParams(type === '' || type.includes('/') ? '' : query)].some(([name, value]) => {
    const [param = '', modifier] = name.split(':')
    const parameter = SEARCH_PARAMETERS[type]?.[param]
    const isPatients =
      parameter?.kind === 'reference'
        ? targetsOf(parameter).includes('Patient')
        : name === '_id' && type === 'Patient'
    const isPb = (one: string) => one === 'pb' || /^(.*\/)?Patient\/pb$/.test(one)
    return isPatients && modifier !== 'missing' && value.split(',').some(isPb)
  })
}

/** A reference to an organization, for example, never names a patient, whatever its value is. */
const isOfNobody = (type: string, name: string): boolean => {
  const parameter = SEARCH_PARAMETERS[type]?.[name]
  return parameter?.kind === 'reference' && !targetsOf(parameter).some(isOfPatients)
}
