import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, holdRequests } from '../../../extension/messages/ask.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

type Sent = { id: string; name: string }

/** A worker that loses a given number of questions, in a given way. */
const losing = (ways: (() => Promise<unknown>)[], { inHand = false } = {}) => {
  const requests: string[] = []
  fakeBrowser.runtime.sendMessage = async (message) => {
    const { name } = message as Sent
    if (name === 'in-hand') return inHand
    requests.push(name)
    return (ways.shift() ?? (async () => ({ ok: true, value: 'answered' })))()
  }
  return requests
}

const channelCloses = () =>
  Promise.reject(new Error('The message channel closed before a response was received'))
const nobodyListens = async () => undefined
const vanishes = () => new Promise(() => undefined)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('F44 a question whose worker ended before it answered', () => {
  it.each([
    ['is rejected', channelCloses],
    ['is answered by nobody', nobodyListens],
    ['vanishes', vanishes],
  ])('is asked once more if it %s and changes nothing', async (_how, way) => {
    const requests = losing([way])
    const answer = ask('state')
    await vi.advanceTimersByTimeAsync(3_000)
    await expect(answer).resolves.toBe('answered')
    expect(requests).toEqual(['state', 'state'])
  })

  it.each([
    ['is rejected', channelCloses],
    ['vanishes', vanishes],
  ])('is reported, and not asked again, if it %s and may have changed something', async (_how, way) => {
    const requests = losing([way])
    const answer = expect(ask('remove-connection', { connectionId: 'a' })).rejects.toMatchObject({
      code: 'worker-ended',
    })
    await vi.advanceTimersByTimeAsync(3_000)
    await answer
    expect(requests).toEqual(['remove-connection'])
  })

  it('is asked twice at most', async () => {
    const requests = losing([vanishes, vanishes])
    const answer = expect(ask('state')).rejects.toMatchObject({ code: 'worker-ended' })
    await vi.advanceTimersByTimeAsync(10_000)
    await answer
    expect(requests).toEqual(['state', 'state'])
  })

  it('is not repeated as long as the worker still has it', async () => {
    const late = () => new Promise((resolve) => setTimeout(resolve, 60_000, { ok: true, value: 'late' }))
    const requests = losing([late], { inHand: true })
    const answer = ask('state')
    await vi.advanceTimersByTimeAsync(61_000)
    await expect(answer).resolves.toBe('late')
    expect(requests).toEqual(['state'])
  })
})

it('a request that is held back is sent when the moment comes', async () => {
  const requests = losing([])
  const moment = Promise.withResolvers<void>()
  holdRequests(moment.promise)
  const answer = ask('state')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(requests).toEqual([])
  moment.resolve()
  await expect(answer).resolves.toBe('answered')
  expect(requests).toEqual(['state'])
})
