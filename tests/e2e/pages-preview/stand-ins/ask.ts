import { ProblemError } from '../../../../extension/messages/errors.ts'
import type { Answer, RequestName } from '../../../../extension/messages/protocol.ts'
import type { Answers } from '../scene.ts'

declare global {
  /** The worker's answers, present before the page's own code runs. */
  var answers: Answers
}

/** Nothing takes the processor from the page here. */
export const holdRequests = (): void => undefined

/** Stands in for `messages/ask`. A request that is listed as `never`, or has no answer, stays pending. */
export const ask = async (
  request: RequestName,
  { connectionId, type }: { connectionId?: string; type?: string } = {},
): Promise<unknown> => {
  const of = globalThis.answers as Record<string, Answer<RequestName> | 'never' | undefined>
  const name = type === undefined ? request : `${request} ${type}`
  const answer = of[`${name} ${connectionId}`] ?? of[name] ?? 'never'
  if (answer === 'never') return new Promise(() => undefined)
  if (answer.ok) return answer.value
  throw new ProblemError(answer.error.code, answer.error.details)
}
