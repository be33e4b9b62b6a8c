import { upstreamBusy } from '../../fhir-error.ts'
import { createTurns, type Holder } from '../../turns.ts'

/**
 * Bytes of memory that a process has for what it reads upstream, from the first byte until it is let go: the text, and so much for each
 * value in it (`BYTES_OF_VALUE`). Parsing may take three times as much for a moment.
 */
const MEMORY = { all: 96_000_000, holder: 24_000_000, line: 256, wait: 4_800 }
/** What is set aside for a work from its first request on, in bytes, because nobody knows how much will come. */
const LEAST = 4_000_000

/** The answers that one piece of work holds. */
export interface HeldAnswers {
  /**
   * Waits until there is memory for this work, and reads an answer.
   *
   * @param isAhead that it is not needed yet: it is refused where it does not fit into its holder's part. The oldest work of each holder
   * may take more for what it needs, so that a large answer can be read at all.
   * @throws FhirError 503 when there is no memory.
   */
  read<Answer>(ask: (receive: (bytes: number) => void) => Promise<Answer>, isAhead?: boolean): Promise<Answer>
  /** What was read is not used any more. */
  letGo(answer: object): void
  /** Lets everything go. What is still on its way counts until it has come. */
  end(): void
}

/** Counts what is read upstream for each holder, in one process. */
export const createHeldAnswers = (): ((holder: Holder, left: AbortSignal) => HeldAnswers) => {
  const memory = createTurns(MEMORY)
  /** The works of each holder for which memory is set aside, oldest first. */
  const worksOf = new Map<string, Set<object>>()

  return (holder, left) => {
    const work = {}
    const sizes = new Map<unknown, number>()
    let bytes = 0
    let counted = 0
    let running = 0
    let isOver = false
    let admission: Promise<void> | undefined

    const admit = async (): Promise<void> => {
      await memory.take(holder, LEAST, left)
      counted = LEAST
      worksOf.set(holder.name, (worksOf.get(holder.name) ?? new Set()).add(work))
    }
    const isOldest = () => worksOf.get(holder.name)?.values().next().value === work
    const requireRoom = (more: number, isAhead: boolean): void => {
      if (memory.fits(holder, more)) return
      if (isAhead || !isOldest() || memory.total() + more > MEMORY.all) throw upstreamBusy()
    }
    const recount = (): void => {
      if (counted === 0) return
      const size = isOver && running === 0 ? 0 : Math.max(LEAST, bytes)
      const difference = size - counted
      counted = size
      if (size === 0) {
        const works = worksOf.get(holder.name)
        works?.delete(work)
        if (works?.size === 0) worksOf.delete(holder.name)
      }
      memory.change(holder, difference)
    }

    return {
      async read(ask, isAhead = false) {
        let size = 0
        const receive = (more: number): void => {
          requireRoom(Math.max(0, bytes + more - counted), isAhead)
          size += more
          bytes += more
          recount()
        }
        running++
        try {
          admission ??= admit()
          await admission
          const answer = await ask(receive)
          if (!isOver) {
            sizes.set(answer, size)
            size = 0
          }
          return answer
        } finally {
          running--
          bytes -= size
          recount()
        }
      },
      letGo(answer) {
        bytes -= sizes.get(answer) ?? 0
        sizes.delete(answer)
        recount()
      },
      end() {
        isOver = true
        for (const size of sizes.values()) bytes -= size
        sizes.clear()
        recount()
      },
    }
  }
}
