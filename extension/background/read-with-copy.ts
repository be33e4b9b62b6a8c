import { isSameGrant } from '../auth/grant/narrow-grant.ts'
import { abilities } from '../auth/grant/scopes.ts'
import type { Sessions } from '../auth/grant/session.ts'
import { ProblemError, refusalCodes, toProblem, unreachableCodes } from '../messages/errors.ts'
import type { Extent } from '../messages/extent.ts'
import type { RecordType } from '../messages/record-lists.ts'
import type { Copies } from '../storage/copies.ts'
import type { Session } from '../storage/items.ts'

interface ReadPart {
  connectionId: string
  patient: string
  /** The part of the record that is read; each has a copy of its own. */
  part: 'vitals' | RecordType
}

/** Whether the grant limits the answer, and why it is the copy that was kept at `readAt`, if it is. */
type ReadAnswer = Pick<Extent, 'limited' | 'copyBecause'>

/**
 * Creates a reader that keeps a sealed copy of the connection's own patient, for when the organization cannot be reached. It
 * keeps none of another patient, and none unless the person chose to stay connected, because a visit must leave nothing behind.
 */
export const createReadWithCopy = ({ sessions, copies }: { sessions: Sessions; copies: Copies }) => {
  const findKeeping = async (connectionId: string, patient: string): Promise<Session | undefined> => {
    const session = await sessions.find(connectionId)
    return session?.staysConnected && session.patient?.id === patient ? session : undefined
  }

  /**
   * Keeps a copy. Waits for the same lock as refreshes do, so nothing is kept of a grant that has ended or become narrower during the
   * read; signing out deletes once more after that lock. If keeping fails, the read still succeeds.
   */
  const keep = ({ connectionId, patient, part }: ReadPart, readIn: Session | undefined, value: unknown) =>
    sessions
      .exclusively(connectionId, async () => {
        if (isSameGrant(readIn, await findKeeping(connectionId, patient)))
          await copies.keep(connectionId, part, value)
      })
      .catch(() => copies.drop(connectionId, part))

  const findCopy = async <T>({ connectionId, patient, part }: ReadPart): Promise<T | undefined> =>
    (await findKeeping(connectionId, patient)) ? copies.find<T>(connectionId, part) : undefined

  /** @param compare returns the answer with what only a comparison with the copy before it can say. */
  const readWithCopy = async <T extends object>(
    question: ReadPart,
    read: () => Promise<T>,
    compare?: (answer: T & ReadAnswer, before: T | undefined) => T & ReadAnswer,
  ): Promise<T & ReadAnswer> => {
    const { connectionId, part } = question
    const readIn = await sessions.find(connectionId)
    try {
      const answer = await read()
      // A refresh during the read may have narrowed the grant, and a sign-in may have widened it.
      const sessionsOfRead = [readIn, await sessions.find(connectionId)]
      const isLimited = sessionsOfRead.some(
        (session) => session && abilities(session.scope, true).limited.includes(part),
      )
      const given: T & ReadAnswer = isLimited ? { ...answer, limited: true as const } : answer
      const value = compare ? compare(given, await findCopy<T>(question)) : given
      await keep(question, readIn, value)
      return value
    } catch (error) {
      // What is not allowed now is not shown again when the organization is out of reach.
      if (error instanceof ProblemError && refusalCodes.has(error.code)) await copies.drop(connectionId, part)
      // After any other failure, no copy is shown.
      if (!(error instanceof ProblemError && unreachableCodes.has(error.code))) throw error
      const copy = await findCopy<T>(question)
      if (!copy) throw error
      return { ...copy, copyBecause: toProblem(error) }
    }
  }

  /** Changes a copy, if there is one. */
  const changeCopy = async <T>(question: ReadPart, change: (copy: T) => T): Promise<undefined> => {
    const readIn = await sessions.find(question.connectionId)
    const copy = await findCopy<T>(question)
    if (copy) await keep(question, readIn, change(copy))
  }

  /** Finds what was last read of the vital signs, without a request; undefined unless the session may still read them. */
  const findLastVitals = async <T>(connectionId: string, patient: string): Promise<T | undefined> => {
    const session = await findKeeping(connectionId, patient)
    return session && abilities(session.scope, true).readVitals
      ? copies.find<T>(connectionId, 'vitals')
      : undefined
  }
  return { readWithCopy, changeCopy, findLastVitals }
}
