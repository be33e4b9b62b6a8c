import { expect, test } from 'vitest'
import { createTurns, type TurnLimits, type Turns } from '../../server/turns.ts'

const LIMITS = { all: 4, holder: 2, line: 500, wait: 60_000 }

/** @param started collects the names of those whose turn has come. */
const taker = (turns: Turns, started: string[]) => (holder: string, name: string) => {
  const left = new AbortController()
  const turn = turns.take({ name: holder }, 1, left.signal).then(() => started.push(name))
  turn.catch(() => {})
  return { turn, leave: () => left.abort() }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('J67 turns go round between holders, however many wait for one', async () => {
  const started: string[] = []
  const turns = createTurns(LIMITS)
  const take = taker(turns, started)
  for (const holder of ['anna', 'bert']) for (const at of [1, 2, 3, 4, 5]) take(holder, `${holder} ${at}`)
  take('carl', 'carl 1')
  take('dora', 'dora 1')
  await settle()
  expect(started.splice(0)).toEqual(['anna 1', 'anna 2', 'bert 1', 'bert 2'])
  for (const holder of ['anna', 'bert', 'anna', 'bert']) turns.change({ name: holder }, -1)
  await settle()
  expect(started).toEqual(['anna 3', 'bert 3', 'carl 1', 'dora 1'])
})

test('J13 works of one holder run a few at a time, in their order, and make room even if they fail', async () => {
  const turns = createTurns(LIMITS)
  const started: number[] = []
  const works = [1, 2, 3, 4].map((at) => {
    const end = Promise.withResolvers<void>()
    const result = turns.run({ name: 'anna' }, async () => {
      started.push(at)
      await end.promise
      return at
    })
    return { result, end }
  })
  await settle()
  expect(started).toEqual([1, 2])
  works[0]?.end.reject(new Error('it failed'))
  await expect(works[0]?.result).rejects.toThrow('it failed')
  await settle()
  expect(started).toEqual([1, 2, 3])
  for (const { end } of works) end.resolve()
  expect(await Promise.all(works.slice(1).map(({ result }) => result))).toEqual([2, 3, 4])
  expect(turns.total()).toBe(0)
})

test('J13 turns of one person go round between the applications, and a full line of one refuses nobody else', async () => {
  const started: string[] = []
  const turns = createTurns({ ...LIMITS, line: 5 })
  const take = (application: string, name: string) =>
    turns.take({ name: 'anna', application }, 1).then(() => started.push(name))
  const many = Array.from({ length: 9 }, (_, at) => take('many', `many ${at}`).catch(() => 'refused'))
  expect((await Promise.all(many.slice(7))).toString()).toBe('refused,refused')
  for (const at of [1, 2]) take('other', `other ${at}`)
  for (let at = 0; at < 4; at++) {
    turns.change({ name: 'anna', application: 'many' }, -1)
    await settle()
  }
  expect(started).toEqual(['many 0', 'many 1', 'many 2', 'other 1', 'many 3', 'other 2'])
})

test('J13 one application has its part of what the person may hold', async () => {
  const started: string[] = []
  const turns = createTurns({ ...LIMITS, holder: 3, application: 2 })
  const take = (application: string) =>
    void turns.take({ name: 'anna', application }, 1).then(() => started.push(application))
  for (const application of ['first', 'first', 'first', 'second', 'third']) take(application)
  await settle()
  expect(started).toEqual(['first', 'first', 'second'])
  expect(turns.fits({ name: 'anna', application: 'third' }, 1)).toBe(false)
})

test('J67 one that waits in a full line is refused at once, and other holders are not', async () => {
  const turns = createTurns({ ...LIMITS, line: 3 })
  const take = taker(turns, [])
  const own = Array.from({ length: 6 }, (_, at) => take('anna', `anna ${at}`))
  await expect(own[5]?.turn).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  await take('bert', 'bert').turn
  // Those who leave make room in the line.
  own[4]?.leave()
  const next = take('anna', 'next')
  for (let at = 0; at < 5; at++) turns.change({ name: 'anna' }, -1)
  await next.turn
})

test('J67 only the first of each line is looked at, whoever comes, leaves or ends', async () => {
  let compared = 0
  const limits: TurnLimits = {
    ...LIMITS,
    get holder() {
      compared++
      return LIMITS.holder
    },
  }
  const turns = createTurns(limits)
  const take = taker(turns, [])
  const own = Array.from({ length: LIMITS.line }, (_, at) => take('anna', `anna ${at}`))
  for (const { leave } of own.slice(2)) leave()
  await settle()
  expect(compared).toBeLessThan(3 * LIMITS.line)
  await take('bert', 'bert').turn
})

test('J67 one whose asker has left never has a turn', async () => {
  const started: string[] = []
  const turns = createTurns(LIMITS)
  const take = taker(turns, started)
  for (const name of ['first', 'second']) take('anna', name)
  const third = take('anna', 'third')
  take('anna', 'fourth')
  third.leave()
  turns.change({ name: 'anna' }, -1)
  await settle()
  expect(started).toEqual(['first', 'second', 'fourth'])
  expect([turns.heldBy({ name: 'anna' }), turns.total()]).toEqual([2, 2])
})
