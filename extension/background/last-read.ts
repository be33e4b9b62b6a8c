import type { Sessions } from '../auth/session.ts'
import { type Code, type Problem, ProblemError, toProblem } from '../messages/errors.ts'
import type { RecordType } from '../messages/record-lists.ts'
import type { Copies } from '../storage/copies.ts'

/** The organization cannot be reached; whatever else it says, it says, and no copy stands in for it. */
const absent: ReadonlySet<Code> = new Set(['unreachable', 'too-slow', 'too-busy', 'server-failed'])

interface Question {
  connectionId: string
  patient: string
  /** What is read of the record; each part is kept by itself. */
  part: 'vitals' | RecordType
}

interface Answer {
  /** Why this is not what the organization says now, but the copy that was kept at its `readAt`. */
  copyBecause?: Problem
}

/**
 * Reads a connection's own patient, and keeps what was read, sealed, for when the organization cannot be reached. Only
 * where the person chose to stay connected: a visit leaves nothing behind. Of another patient nothing is kept.
 */
export const createLastRead = ({ sessions, copies }: { sessions: Sessions; copies: Copies }) => {
  const isKept = async (connectionId: string, patient: string, signedInAt?: number): Promise<boolean> => {
    const session = await sessions.find(connectionId)
    return (
      session?.staysConnected === true &&
      session.patient?.id === patient &&
      (signedInAt === undefined || session.signedInAt === signedInAt)
    )
  }

  /** Signing out waits for the same lock, so nothing is kept of a grant that has ended. Keeping may fail; reading did not. */
  const keep = ({ connectionId, patient, part }: Question, signedInAt: number | undefined, value: unknown) =>
    sessions
      .exclusively(connectionId, async () => {
        if (await isKept(connectionId, patient, signedInAt)) await copies.keep(connectionId, part, value)
      })
      .catch(() => copies.drop(connectionId, part))

  return async <T extends object>(question: Question, read: () => Promise<T>): Promise<T & Answer> => {
    const { connectionId, patient, part } = question
    const signedInAt = (await sessions.find(connectionId))?.signedInAt
    try {
      const value = await read()
      await keep(question, signedInAt, value)
      return value
    } catch (error) {
      if (!(error instanceof ProblemError && absent.has(error.code))) throw error
      const copy = (await isKept(connectionId, patient))
        ? await copies.find<T>(connectionId, part)
        : undefined
      if (!copy) throw error
      return { ...copy, copyBecause: toProblem(error) }
    }
  }
}
