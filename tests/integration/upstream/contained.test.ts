import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import { observation } from '../../fixtures/canary.ts'
import { elementsOfPatients, everyType, isPlain, spellings, withAt } from '../../fixtures/contained.ts'
import { crossLinkedRecords } from '../fhir/cross-linked-records.ts'
import { type Gateway, startGateway } from './gateway.ts'

const all = Object.values(spellings('pb'))

/** Readings of `pa` with a resource of `pb` inside: each element of each type, and each spelling of a reference. */
const mixed = [
  ...elementsOfPatients.map(([type, path], at) => withAt(type, path, all[at % all.length])),
  ...all.map((value) => withAt('Observation', 'subject', value)),
].map((inside, at) => ({ ...observation(`a-mixed-${at}`, 'pa'), contained: [inside] }))

const plain = mixed.filter(({ contained: [inside] }) => isPlain(inside?.subject ?? ''))

const linked = {
  ...observation('a-linked', 'pa'),
  contained: [{ resourceType: 'Patient', link: [{ other: { reference: 'Patient/pb' }, type: 'seealso' }] }],
}
const shared = everyType
  .filter((type) => !['Patient', 'Binary'].includes(type))
  .map((resourceType) => ({
    ...observation(`a-with-${resourceType.toLowerCase()}`, 'pa'),
    contained: [{ resourceType, id: 'inside' }],
  }))

let upstream: TwistedServer
let gateway: Gateway
beforeAll(async () => {
  upstream = await startMedplum([...crossLinkedRecords, ...mixed, linked, ...shared])
  gateway = await startGateway(upstream.base)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const statusOf = async (id: string, as: 'TA' | 'TC') => (await gateway.get(`Observation/${id}`, as)).status

describe('J14 J30 a row with a resource of another patient inside', () => {
  test('is nobody’s, in each element of each type and each spelling of a reference', async () => {
    for (const { id, contained } of [...mixed, linked])
      expect(await statusOf(id, 'TA'), JSON.stringify(contained)).toBe(404)
  })

  test('is in the log of both if a clinician reads it, as far as they can be told', async () => {
    await gateway.entries()
    for (const { id } of [linked, ...plain]) {
      expect(await statusOf(id, 'TC')).toBe(200)
      expect((await gateway.entries()).map(({ patient }) => patient).sort(), id).toEqual(['pa', 'pb'])
    }
  })

  test('is its patient’s if the inside names nobody, whatever its type', async () => {
    for (const { id } of shared) expect(await statusOf(id, 'TA'), id).toBe(200)
  })
})
