import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask } from '../../../extension/messages/ask.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

type Sent = { id: string; name: string }

/** A worker that loses a given number of questions, in a given way. */
const losing = (ways: (() => Promise<unknown>)[], { inHand = false } = {}) => {
  const sent: string[] = []
  fakeBrowser.runtime.sendMessage = async (message) => {
    const { name } = message as Sent
    if (name === 'in-hand') return inHand
    sent.push(name)
    return (ways.shift() ?? (async () => ({ ok: true, value: 'answered' })))()
  }
  return sent
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
    const sent = losing([way])
    const answered = ask('state')
    await vi.advanceTimersByTimeAsync(3_000)
    await expect(answered).resolves.toBe('answered')
    expect(sent).toEqual(['state', 'state'])
  })

  it.each([
    ['is rejected', channelCloses],
    ['vanishes', vanishes],
  ])('is reported, and not asked again, if it %s and may have changed something', async (_how, way) => {
    const sent = losing([way])
    const answered = expect(ask('remove-connection', { connectionId: 'a' })).rejects.toMatchObject({
      code: 'worker-ended',
    })
    await vi.advanceTimersByTimeAsync(3_000)
    await answered
    expect(sent).toEqual(['remove-connection'])
  })

  it('is asked twice at most', async () => {
    const sent = losing([vanishes, vanishes])
    const answered = expect(ask('state')).rejects.toMatchObject({ code: 'worker-ended' })
    await vi.advanceTimersByTimeAsync(10_000)
    await answered
    expect(sent).toEqual(['state', 'state'])
  })

  it('is not repeated as long as the worker still has it', async () => {
    const late = () => new Promise((resolve) => setTimeout(resolve, 60_000, { ok: true, value: 'late' }))
    const sent = losing([late], { inHand: true })
    const answered = ask('state')
    await vi.advanceTimersByTimeAsync(61_000)
    await expect(answered).resolves.toBe('late')
    expect(sent).toEqual(['state'])
  })
})
