import { upstreamAway } from '../../fhir-error.ts'

/** Failures in a row after which Carekey sends a test request of its own; if that fails too, the circuit opens. */
const MOST_FAILURES = 5
/** How long the circuit stays open, in milliseconds; doubled each time until a request succeeds. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 4_000
/** The longest wait that an answer can demand (`Retry-After`), in milliseconds. */
const LONGEST_WAIT = 60_000

/**
 * Refuses requests immediately while the FHIR server upstream does not answer, so that nobody waits for it and it gets time to
 * recover. Only a test request of our own opens and closes the circuit, so searches that are too heavy for upstream keep nobody
 * else out.
 */
interface Circuit {
  /** @throws FhirError 503 while the circuit is open. */
  requireClosed(): void
  isOpen(): boolean
  succeeded(): void
  failed(): void
  /** Opens the circuit because upstream asked for a pause. Answers of other requests do not shorten it. @returns what is left of it, in seconds. */
  wait(retryAfter: string | undefined): number
  stop(): void
}

interface CircuitOptions {
  /** Finds out whether upstream answers. */
  readonly probe: () => Promise<boolean>
  readonly onChange: (isOpen: boolean) => void
}

export const createCircuit = ({ probe, onChange }: CircuitOptions): Circuit => {
  let failures = 0
  let pause = FIRST_PAUSE
  /** By `performance.now()`; absent while the circuit is closed. */
  let openUntil: number | undefined
  /** The end of the pause that upstream asked for, by `performance.now()`. */
  let waitUntil = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let isTrying = false

  const open = (ms: number): void => {
    if (isStopped) return
    clearTimeout(timer)
    if (openUntil === undefined) onChange(true)
    openUntil = performance.now() + ms
    timer = setTimeout(tryIt, ms).unref()
  }
  const openLonger = (): void => {
    open(pause)
    pause = Math.min(2 * pause, LONGEST_PAUSE)
  }
  const tryIt = async (): Promise<void> => {
    if (isTrying) return
    isTrying = true
    const answers = await probe()
    isTrying = false
    // Upstream asked for a pause meanwhile. It is tried again at the end.
    const left = waitUntil - performance.now()
    if (left > 0) return open(left)
    if (!answers) return openLonger()
    failures = 0
    pause = FIRST_PAUSE
    if (openUntil === undefined) return
    openUntil = undefined
    onChange(false)
  }
  return {
    requireClosed: () => {
      if (openUntil === undefined) return
      throw upstreamAway(Math.max(1, Math.ceil((openUntil - performance.now()) / 1000)))
    },
    isOpen: () => openUntil !== undefined,
    succeeded: () => {
      failures = 0
      pause = FIRST_PAUSE
    },
    failed: () => {
      failures++
      if (failures >= MOST_FAILURES && openUntil === undefined) void tryIt()
    },
    wait: (retryAfter) => {
      const ms = Math.min(Math.max(millisecondsOf(retryAfter), FIRST_PAUSE), LONGEST_WAIT)
      waitUntil = Math.max(waitUntil, performance.now() + ms)
      const left = waitUntil - performance.now()
      open(left)
      return Math.ceil(left / 1000)
    },
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
const millisecondsOf = (retryAfter = '5'): number => {
  if (/^\d{1,9}$/.test(retryAfter)) return 1_000 * Number(retryAfter)
  const ms = Date.parse(retryAfter) - Date.now()
  return Number.isFinite(ms) ? ms : 5_000
}
