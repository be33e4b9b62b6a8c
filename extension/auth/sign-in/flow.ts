import { FailedFlow, ProblemError, toProblem } from '../../messages/errors.ts'
import type { Flow, Purpose } from '../../messages/state.ts'
import { items, type StoredFlow } from '../../storage/items.ts'

/** The ID of this run of the worker. A flow lives in the worker's memory, so a flow of another run is over. */
const bootId = crypto.randomUUID()

/** @throws ProblemError `interrupted` if the flow was cancelled meanwhile. */
export type RequireCurrent = () => Promise<void>

/**
 * Runs a sign-in if no other one is running. Afterwards storage holds its error, or nothing if it succeeded.
 *
 * @throws ProblemError `flow-busy`; FailedFlow with what `signIn` throws.
 */
export const runFlow = async <T>(
  { providerId, purpose }: { providerId: string; purpose: Purpose },
  signIn: (requireCurrent: RequireCurrent) => Promise<T>,
): Promise<T> => {
  const flow: StoredFlow = { providerId, purpose, status: 'open', startedAt: Date.now(), bootId }
  await items.flow.update((current) => {
    if (isRunning(current)) throw new ProblemError('flow-busy')
    return flow
  })
  const isCurrent = (stored: StoredFlow | null): boolean =>
    isRunning(stored) && stored?.startedAt === flow.startedAt
  try {
    const value = await signIn(async () => {
      if (!isCurrent(await items.flow.get())) throw new ProblemError('interrupted')
    })
    await items.flow.update((stored) => (isCurrent(stored) ? null : stored))
    return value
  } catch (error) {
    const failedFlow: StoredFlow = { ...flow, status: 'failed', error: toProblem(error) }
    await items.flow.update((stored) => (isCurrent(stored) ? failedFlow : stored))
    throw new FailedFlow(error)
  }
}

/**
 * Cancels the running sign-in, at this provider or at any. Otherwise a sign-in that began before a disconnect could sign the
 * person in again afterwards.
 */
export const cancelFlow = async (providerId?: string): Promise<void> => {
  await items.flow.update((flow) =>
    flow?.status === 'open' && (providerId === undefined || flow.providerId === providerId)
      ? { ...flow, status: 'interrupted', error: { code: 'interrupted' } }
      : flow,
  )
}

const isRunning = (flow: StoredFlow | null): boolean => flow?.status === 'open' && flow.bootId === bootId

/**
 * Marks a flow whose worker has ended as interrupted. Deletes it instead if it had already signed in. Call when the worker
 * starts.
 */
export const settleFlow = async (): Promise<void> => {
  const flow = await items.flow.get()
  if (flow?.status !== 'open' || isRunning(flow)) return
  const sessions = Object.values(await items.sessions.get())
  if (sessions.some(({ signedInAt }) => signedInAt >= flow.startedAt)) return items.flow.remove()
  return items.flow.set({ ...flow, status: 'interrupted', error: { code: 'interrupted' } })
}

/** Deletes a flow that is over, unless another one has begun since. */
export const dismissFlow = async (startedAt: number): Promise<void> => {
  await items.flow.update((flow) => (isRunning(flow) || flow?.startedAt !== startedAt ? flow : null))
}

export const findFlow = async (): Promise<Flow | undefined> => {
  const flow = await items.flow.get()
  if (!flow) return undefined
  const { bootId: _private, ...flowForPages } = flow
  return flowForPages
}
