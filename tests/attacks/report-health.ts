import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/**
 * Loaded into the server before it starts. Reports the state of the process since the last report to the test. A turn of the
 * event loop is measured in processor time, so that a busy machine does not look like a blocked loop. Garbage counts as memory unless
 * the test asks for it to be collected first, which takes longer than most requests.
 */
let turns: number[] = []
let last = process.threadCpuUsage()
setInterval(() => {
  const { user, system } = process.threadCpuUsage(last)
  last = process.threadCpuUsage()
  turns.push((user + system) / 1000)
}, 10).unref()

/** The engine keeps for later what it no longer uses. */
const memoryInUse = (): number => {
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return rss - (heapTotal - heapUsed)
}

process.on('message', (message) => {
  if (message === 'processor') {
    const { user, system } = process.cpuUsage()
    process.send?.((user + system) / 1000)
  }
  if (message === 'memory') {
    collectGarbage()
    last = process.threadCpuUsage()
    process.send?.(memoryInUse())
  }
  if (message !== 'health') return
  const sorted = turns.toSorted((a, b) => a - b)
  process.send?.({ turn: sorted[Math.floor(sorted.length * 0.99)] ?? 0, memory: memoryInUse() })
  turns = []
})
process.on('disconnect', () => process.exit())
