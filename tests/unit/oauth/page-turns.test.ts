import { EventEmitter } from 'node:events'
import type { FastifyReply } from 'fastify'
import { expect, test, vi } from 'vitest'
import { createPageTurns } from '../../../server/portal/page-turns.ts'
import { countTurns } from '../../fixtures/count-turns.ts'

const ANNA = { id: 'anna', name: 'Anna', role: 'patient' } as const
const BERT = { id: 'bert', name: 'Bert', role: 'patient' } as const

const reply = (method = 'GET') => ({ raw: new EventEmitter(), request: { method } }) as FastifyReply

test('J13 pages of one account are made one after another, in turns of the event loop of their own', async () => {
  // A turn ends early where the machine is slow.
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
  const eventLoop = countTurns()
  const inTurn = createPageTurns()
  const turnOf = (account: typeof ANNA | typeof BERT) =>
    inTurn(account, reply(), async () => eventLoop.turn())
  const [first, failed, second, other] = await Promise.all([
    turnOf(ANNA),
    inTurn(ANNA, reply(), () => Promise.reject(new Error('it failed'))).catch(() => eventLoop.turn()),
    turnOf(ANNA),
    turnOf(BERT),
  ])
  eventLoop.stop()
  clock.mockRestore()
  expect(new Set([0, first, failed, second]).size).toBe(4)
  expect(other).toBe(first)
})

test('J13 no page is made for somebody who has left before its turn', async () => {
  const inTurn = createPageTurns()
  const made: string[] = []
  const make = (name: string) => async () => made.push(name)
  const [gone, change] = [reply(), reply('POST')]
  const first = inTurn(ANNA, reply(), make('first'))
  const second = inTurn(ANNA, gone, make('second'))
  const third = inTurn(ANNA, change, make('change'))
  for (const { raw } of [gone, change]) raw.emit('close')
  await expect(second).rejects.toMatchObject({ status: 503 })
  await Promise.all([first, third])
  expect(made).toEqual(['first', 'change'])
})
