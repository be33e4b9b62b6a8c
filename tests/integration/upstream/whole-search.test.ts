import { expect, test } from 'vitest'
import { startMedplum, type UpstreamOptions } from '../../fakes/medplum-upstream.ts'
import { observation } from '../../fixtures/canary.ts'
import type { Answer, TokenName } from '../fhir/guarded-server.ts'
import { type Gateway, startGateway } from './gateway.ts'

/** Follows a search to its end. */
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

test('each row once, where a total is asked for and the filter is decided here', async () => {
  const records = Array.from({ length: 120 }, (_, at) =>
    observation(`o${at}`, 'pa', at % 2 ? {} : { code: { coding: [{ code: 'other' }] } }),
  )
  await inFrontOf(records, { offers: (_, parameter) => parameter !== 'code' }, async (gateway) => {
    const ids = await idsOf(gateway, 'Observation?code=29463-7&_total=accurate&_count=20', 'TA')
    expect(ids).toHaveLength(60)
    expect(new Set(ids).size).toBe(60)
  })
})
