import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startNumbered } from '../fakes/numbered-upstream.ts'
import type { Taken } from './gateway-process.ts'

/** Reads a server with so many rows, through a gateway in a process of its own. */
const readThrough = async (rows: number): Promise<Taken> => {
  const upstream = await startNumbered(rows)
  const gateway = fork(new URL('gateway-process.ts', import.meta.url), {
    execArgv: ['--expose-gc', '--max-semi-space-size=4'],
  })
  const taken = once(gateway, 'message')
  const ended = once(gateway, 'exit').then(([code]) => {
    throw new Error(`The gateway ended with ${code}.`)
  })
  gateway.send(upstream.base)
  const [told] = await Promise.race([taken, ended])
  ended.catch(() => {})
  upstream.close()
  return told as Taken
}

test('checklist G6 a server with a million rows costs no more memory than a small one', async () => {
  const [small, large] = [await readThrough(300), await readThrough(1_000_000)]
  process.stdout.write(`gateway-memory: ${JSON.stringify({ small, large })}\n`)
  expect(large.rows).toBeGreaterThan(150_000)
  // A count of all of them is refused.
  expect([small.statuses, large.statuses]).toEqual([[200], [200, 403]])
  expect(large.peak / small.peak).toBeLessThan(1.25)
  expect(large.heap / small.heap).toBeLessThan(1.25)
}, 180_000)
