import { upstreamBusy, upstreamLarge } from '../../fhir-error.ts'
import { createTurns, type Holder } from '../../turns.ts'

/**
 * Bytes of memory that a process has for pages from upstream, from the first byte until they are let go: the text, and so much for each
 * value in it (`BYTES_OF_VALUE`). Parsing may take three times as much for a moment.
 */
const MEMORY = { all: 96_000_000, holder: 24_000_000, line: 0, wait: 0 }
/** A holder's part while their oldest work needs more, so that a large page can be read at all. */
const MOST_FOR_OLDEST = 48_000_000
/** Works of one holder that read pages at the same time. No memory is set aside for them, because it would keep others out. */
const WORKS = { all: Number.POSITIVE_INFINITY, holder: 6, line: 256, wait: 4_800 }

/** The pages that one piece of work holds. */
export interface HeldAnswers {
  /** Waits for its turn, because only a few works of one holder read at a time. @throws FhirError 503 when too many wait, or for too long. */
  admit(): Promise<void>
  /**
   * Reads a page, after `admit`.
   *
   * @param isAhead that it is not needed yet: it is refused where it does not fit into its holder's part. The oldest work of each holder
   * may take more for what it needs.
   * @throws FhirError 503 when there is no memory; 502 (`isUpstreamLarge`) when a smaller page would fit.
   */
  read<Page extends object>(
    ask: (receive: (bytes: number) => void) => Promise<Page>,
    isAhead?: boolean,
  ): Promise<Page>
  /** What was read is not used any more. */
  letGo(page: object): void
  /** Lets everything go. What is still on its way counts until it has come. */
  end(): void
}

/** Counts the pages that are read upstream for each holder, in one process. */
export const createHeldAnswers = (): ((holder: Holder, left: AbortSignal) => HeldAnswers) => {
  const memory = createTurns(MEMORY)
  const works = createTurns(WORKS)
  /** The works of each holder that were admitted, oldest first. */
  const worksOf = new Map<string, Set<object>>()

  return (holder, left) => {
    const work = {}
    const sizes = new Map<object, number>()
    let running = 0
    let isOver = false
    let isAdmitted = false
    let admission: Promise<void> | undefined

    const isOldest = () => worksOf.get(holder.name)?.values().next().value === work
    const requireRoom = (more: number, isAhead: boolean): void => {
      if (memory.total() + more > MEMORY.all) throw upstreamBusy()
      if (memory.fits(holder, more)) return
      if (isAhead || !isOldest()) throw upstreamBusy()
      if (memory.heldBy(holder) + more > MOST_FOR_OLDEST) throw upstreamLarge()
    }
    const give = (size = 0): void => memory.change(holder, -size)
    const leaveIfDone = (): void => {
      if (!isAdmitted || !isOver || running > 0) return
      isAdmitted = false
      const all = worksOf.get(holder.name)
      all?.delete(work)
      if (all?.size === 0) worksOf.delete(holder.name)
      works.change(holder, -1)
    }
    const enter = async (): Promise<void> => {
      await works.take(holder, 1, left)
      isAdmitted = true
      worksOf.set(holder.name, (worksOf.get(holder.name) ?? new Set()).add(work))
      leaveIfDone()
    }

    return {
      admit: () => {
        admission ??= enter()
        return admission
      },
      async read(ask, isAhead = false) {
        let size = 0
        running++
        try {
          const page = await ask((more) => {
            requireRoom(more, isAhead)
            size += more
            memory.change(holder, more)
          })
          if (!isOver) {
            sizes.set(page, size)
            size = 0
          }
          return page
        } finally {
          running--
          give(size)
          leaveIfDone()
        }
      },
      letGo(page) {
        give(sizes.get(page))
        sizes.delete(page)
      },
      end() {
        isOver = true
        for (const size of sizes.values()) give(size)
        sizes.clear()
        leaveIfDone()
      },
    }
  }
}
