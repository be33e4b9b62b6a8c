import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCircuit } from '../../../server/sources/transport/circuit.ts'

const SECOND = 1_000

let probes: PromiseWithResolvers<boolean>[]
let circuit: ReturnType<typeof createCircuit>
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  probes = []
  const probe = () => {
    const answer = Promise.withResolvers<boolean>()
    probes.push(answer)
    return answer.promise
  }
  circuit = createCircuit({ probe, onChange: () => {} })
})
afterEach(() => {
  circuit.stop()
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test.each([true, false])(
  'G11 a pause that upstream asks for during a probe lasts, if the probe says %s',
  async (answers) => {
    for (let failures = 0; failures < 5; failures++) circuit.failed()
    expect(circuit.wait('60')).toBe(60)
    probes[0]?.resolve(answers)
    await pass(59 * SECOND)
    expect([probes.length, circuit.isOpen()]).toEqual([1, true])
    await pass(SECOND)
    expect(probes).toHaveLength(2)
    probes[1]?.resolve(true)
    await pass(0)
    expect(circuit.isOpen()).toBe(false)
  },
)

test('G11 a pause is not shortened by a later answer that asks for less', async () => {
  circuit.wait('60')
  await pass(SECOND)
  expect(circuit.wait('1')).toBe(59)
  await pass(58 * SECOND)
  expect(probes).toHaveLength(0)
  await pass(SECOND)
  expect(probes).toHaveLength(1)
})

test('G11 a probe that is still running when a pause ends decides', async () => {
  for (let failures = 0; failures < 5; failures++) circuit.failed()
  circuit.wait('1')
  await pass(2 * SECOND)
  expect(probes).toHaveLength(1)
  probes[0]?.resolve(true)
  await pass(0)
  expect(circuit.isOpen()).toBe(false)
})
