import { upstreamAway } from '../../fhir-error.ts'

/** Failures in a row after which upstream is tried by a request of our own; the circuit opens if that fails as well. */
const MOST_FAILURES = 5
/** How long it stays open, in milliseconds: doubled each time, until a request succeeds. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 30_000
/** The longest wait that an answer may ask for (`Retry-After`). */
const LONGEST_WAIT = 60_000

/**
 * Refuses requests at once while the FHIR server upstream does not answer, so that nobody waits for it and it is left in peace. A
 * request of our own, not a caller's, opens and closes the circuit: searches that are too heavy for upstream keep nobody else out.
 */
export interface Circuit {
  /** @throws FhirError 503 while the circuit is open. */
  requireClosed(): void
  isOpen(): boolean
  succeeded(): void
  failed(): void
  /** Opens the circuit because upstream asked for it. @returns the seconds. */
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
      open(ms)
      return Math.ceil(ms / 1000)
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
