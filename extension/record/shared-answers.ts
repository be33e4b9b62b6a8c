interface SharedAnswer {
  answer?: Promise<unknown>
  isPending: boolean
  /** Called when a reader asked anew, with that reader's own call left out. */
  readers: Map<object, () => void>
}

/** By the key of the question; only while a part of the page shows the answer. */
const sharedAnswers = new Map<string, SharedAnswer>()

/** Shares the answer of `key` with the other readers from now on. Returns how to leave. */
export const joinAnswer = (key: string, reader: object, onNew: () => void): (() => void) => {
  const its: SharedAnswer = sharedAnswers.get(key) ?? { isPending: false, readers: new Map() }
  sharedAnswers.set(key, its)
  its.readers.set(reader, onNew)
  return () => {
    its.readers.delete(reader)
    if (its.readers.size === 0) sharedAnswers.delete(key)
  }
}

/**
 * Asks once for all parts of a page that show the same answer, because every read is an entry in the organization's log. An answer
 * that failed is asked for again by the next reader.
 *
 * @param again asks anew, unless that is already running; the other readers get the new answer too.
 */
export const askShared = <T>(
  key: string,
  reader: object,
  { ask, again }: { ask: () => Promise<T>; again: boolean },
): Promise<T> => {
  const its = sharedAnswers.get(key)
  if (!its) return ask()
  if (its.answer && (its.isPending || !again)) return its.answer as Promise<T>
  const answer = ask()
  its.answer = answer
  its.isPending = true
  answer.then(
    () => {
      its.isPending = false
    },
    () => {
      its.isPending = false
      delete its.answer
    },
  )
  for (const [other, onNew] of its.readers) if (other !== reader) onNew()
  return answer
}
