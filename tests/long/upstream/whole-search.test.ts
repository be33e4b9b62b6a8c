import { describe, expect, test } from 'vitest'
import { startMedplum, type UpstreamOptions } from '../../fakes/medplum-upstream.ts'
import { startNumbered } from '../../fakes/numbered-upstream.ts'
import { observation, reference } from '../../fixtures/canary.ts'
import type { Answer, TokenName } from '../../integration/fhir/guarded-server.ts'
import { type Gateway, startGateway } from '../../integration/upstream/gateway.ts'

/** Follows a search to its last page. */
const idsOf = async (gateway: Gateway, search: string, as: TokenName): Promise<string[]> => {
  const ids: string[] = []
  for (let next: string | undefined = search; next !== undefined; ) {
    const { status, json }: Answer = await gateway.get(next, as)
    expect(status, gateway.reports.join()).toBe(200)
    for (const { resource } of json.entry ?? []) ids.push(resource.id)
    next = json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
  }
  return ids
}

const inFrontOf = async (
  records: readonly object[],
  options: UpstreamOptions,
  work: (gateway: Gateway, upstream: Awaited<ReturnType<typeof startMedplum>>) => Promise<void>,
) => {
  const upstream = await startMedplum(records, options)
  const gateway = await startGateway(upstream.base)
  await work(gateway, upstream)
  await gateway.close()
  await upstream.close()
}

test('each row is shown once when a total is requested and the filter is checked here', async () => {
  const records = Array.from({ length: 120 }, (_, at) =>
    observation(`o${at}`, 'pa', at % 2 ? {} : { code: { coding: [{ code: 'other' }] } }),
  )
  await inFrontOf(records, { offers: (_, parameter) => parameter !== 'code' }, async (gateway) => {
    const ids = await idsOf(gateway, 'Observation?code=29463-7&_total=accurate&_count=20', 'TA')
    expect(ids).toHaveLength(60)
    expect(new Set(ids).size).toBe(60)
  })
})

describe('the requests to upstream for one request are bounded', () => {
  const observations = Array.from({ length: 60 }, (_, at) => observation(`o${at}`, 'pa'))

  test('for a repeated include, and for look-ups one by one', async () => {
    const reports = observations.map(({ id }) => ({
      resourceType: 'DiagnosticReport',
      id: `r-${id}`,
      subject: reference('Patient/pa'),
      result: [reference(`Observation/${id}`)],
    }))
    const provenances = observations.map(({ id }) => ({
      resourceType: 'Provenance',
      id: `p-${id}`,
      target: [reference(`Observation/${id}`)],
    }))
    const records = [{ resourceType: 'Patient', id: 'pa' }, ...observations, ...reports, ...provenances]
    await inFrontOf(records, {}, async (gateway, upstream) => {
      await gateway.get('Observation', 'TC')
      const ask = async (search: string) => {
        upstream.requests()
        expect((await gateway.get(search, 'TC')).status).toBe(200)
        return upstream.requests().length
      }
      const include = '&_include=DiagnosticReport:result'
      const reportsOnly = await ask('DiagnosticReport?_count=100')
      expect(await ask(`DiagnosticReport?_count=100${include.repeat(10)}`)).toBe(reportsOnly + 2)
      const ids = provenances.map(({ id }) => id).join()
      expect(await ask(`Provenance?_id=${ids}&_lastUpdated=lt1900`)).toBeLessThan(8)
    })
  })

  test('for the text of included resources', async () => {
    const large = Array.from({ length: 12 }, (_, at) =>
      observation(`o${at}`, 'pa', { note: [{ text: 'x'.repeat(500_000) }] }),
    )
    await inFrontOf([{ resourceType: 'Patient', id: 'pa' }, ...large], {}, async (gateway) => {
      const { text, json } = await gateway.get('Patient?_revinclude=Observation:subject', 'TA')
      expect(text.length).toBeLessThan(5_000_000)
      expect(json.entry.at(-1).resource.issue[0].diagnostics).toContain('left out')
    })
  })
})

test('a page that is too large is requested again with fewer rows, and each row is shown once', async () => {
  const large = Array.from({ length: 30 }, (_, at) =>
    observation(`o${at}`, 'pa', { note: [{ text: 'x'.repeat(800_000) }] }),
  )
  await inFrontOf(large, {}, async (gateway) => {
    const ids = await idsOf(gateway, 'Observation?_count=25', 'TA')
    expect(ids).toHaveLength(30)
    expect(new Set(ids).size).toBe(30)
  })
})

test('a later page that is too large is asked for again with fewer rows, and each row is shown once, in order', async () => {
  const upstream = await startNumbered(60, (at) => (at < 30 ? 10 : 800_000))
  const gateway = await startGateway(upstream.base)
  const inOrder = Array.from({ length: 60 }, (_, at) => `o${at}`)
  expect(await idsOf(gateway, 'Observation?_count=25', 'TA')).toEqual(inOrder)
  await gateway.close()
  upstream.close()
}, 60_000)

test('a resource that is too large by itself is refused by a sentence that says what to do', async () => {
  const upstream = await startNumbered(1, () => 10_000_000)
  const gateway = await startGateway(upstream.base)
  let answer: Answer = await gateway.get('Observation', 'TA')
  // If there is no time left, its page is empty and links to the rest.
  while (answer.status === 200) answer = await gateway.get(answer.json.link[1].url, 'TA')
  expect(answer.status).toBe(502)
  expect(answer.json.issue[0]).toMatchObject({
    code: 'too-costly',
    diagnostics: expect.stringContaining('Narrow the search'),
  })
  await gateway.close()
  upstream.close()
}, 60_000)

describe('the log is the same as for the embedded store', () => {
  const group = { resourceType: 'Group', id: 'g', member: [{ entity: reference('Patient/pb') }] }
  const people = Array.from({ length: 250 }, (_, at) => ({
    resourceType: 'Patient',
    id: `p${at}`,
    identifier: [{ system: 'urn:mrn', value: `M-${at}` }],
  }))

  test('a resource in no record is logged by its id for those whom it is about', async () => {
    await inFrontOf([group], {}, async (gateway) => {
      await gateway.get('Group?_id=g', 'TC')
      expect((await gateway.entries()).map(({ patient, query }) => [patient, query])).toEqual([
        ['pb', 'Group?_id=g'],
      ])
    })
  })

  test('looking up an identifier has a budget of its own', async () => {
    await inFrontOf(
      people,
      { offers: (_, parameter = '') => !['identifier', 'birthdate'].includes(parameter), largestPage: 30 },
      async (gateway) => {
        await gateway.get('Patient?identifier=M-240&birthdate=1990', 'TC')
        expect((await gateway.entries()).map(({ patient }) => patient)).toEqual(['p240'])
      },
    )
  })
})
