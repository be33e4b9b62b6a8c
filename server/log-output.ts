import { writeSync } from 'node:fs'

/** How many bytes wait while standard output cannot be written; lines beyond that are dropped. */
const MOST_WAITING = 500_000
/** Milliseconds until what waits is tried again, unless a line comes before. */
const RETRY = 100
/** How long a process that ends waits for the reader of its last lines, in milliseconds. */
const LONGEST_FAREWELL = 500
const DROPPED = 'Lines of this output were dropped, because it could not be written.'

/** The most characters of a field of a line. The stack of an error has some 2,000. */
const LONGEST_FIELD = 4_000

/** Cuts the long fields of a line, because their values may come from another server. */
export const boundedLine = (line: string): string => {
  if (line.length <= LONGEST_FIELD) return line
  const bounded = (value: unknown): unknown => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD)}…` : value
  }
  const fields = Object.entries(JSON.parse(line)).map(([name, value]) => [name, bounded(value)])
  return `${JSON.stringify(Object.fromEntries(fields))}\n`
}

const timeProperty = () => `,"time":"${new Date().toISOString()}"`

const sleeping = new Int32Array(new SharedArrayBuffer(4))
/** At the exit of a process, only what blocks it can wait. */
const waitForReader = (): void => void Atomics.wait(sleeping, 0, 0, 10)

/**
 * Returns a stream that never waits for standard output. A full disk or a pipe that nobody reads costs lines. It
 * delays no answer, and an exit by half a second at most.
 */
const openOutput = () => {
  // Reading `process.stdout` makes a pipe or socket non-blocking: if it is full, a write fails instead of blocking the process.
  const { fd } = process.stdout
  const waiting: Buffer[] = []
  let bytes = 0
  let dropped = 0
  let isRetrying = false

  const add = (line: string): void => {
    const next = Buffer.from(line)
    waiting.push(next)
    bytes += next.length
  }
  /** Writes what it can. What remains is tried again with the next line, or soon. */
  const writeWaiting = (): void => {
    try {
      for (let [first] = waiting; first; [first] = waiting) {
        const written = writeSync(fd, first)
        bytes -= written
        if (written === first.length) waiting.shift()
        else waiting[0] = first.subarray(written)
      }
    } catch {
      // There is nowhere to say so; `dropped` tells it later.
      if (isRetrying) return
      isRetrying = true
      setTimeout(() => {
        isRetrying = false
        writeWaiting()
      }, RETRY).unref()
    }
  }
  const writeAll = (): void => {
    writeWaiting()
    if (dropped === 0 || bytes > 0) return
    add(`{"level":"warn"${timeProperty()},"lines":${dropped},"msg":"${DROPPED}"}\n`)
    dropped = 0
    writeWaiting()
  }
  // However the process ends, its last lines say why.
  process.on('exit', () => {
    const deadline = performance.now() + LONGEST_FAREWELL
    for (writeAll(); bytes > 0 && performance.now() < deadline; writeAll()) waitForReader()
  })
  return {
    write: (line: string): void => {
      if (bytes < MOST_WAITING) add(boundedLine(line))
      else dropped++
      writeAll()
    },
  }
}

/** Fastify's options for a log on standard output: a JSON object a line, with the time in RFC 3339 and the level by name. */
export const logOutput = () => ({
  base: null,
  timestamp: timeProperty,
  formatters: { level: (level: string) => ({ level }) },
  stream: openOutput(),
})
