import { ProblemError, toProblem } from '../messages/errors.ts'
import type { Flow, Purpose } from '../messages/state.ts'
import { items, type StoredFlow } from '../storage/items.ts'

/** This life of the worker. A flow is held in its memory, so a flow of another life is over. */
const bootId = crypto.randomUUID()

/** Throws `interrupted` when the flow was cancelled meanwhile. */
export type RequireCurrent = () => Promise<void>

/**
 * Runs a sign-in as the only one, and keeps in storage how it stands: nothing when it went well, else why not.
 * Throws what `signIn` throws, and `flow-busy`.
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
    const failed: StoredFlow = { ...flow, status: 'failed', error: toProblem(error) }
    await items.flow.update((stored) => (isCurrent(stored) ? failed : stored))
    throw error
  }
}

/**
 * The sign-in that is under way, at this provider or at any, ends without signing anybody in: whoever disconnects must not
 * find themselves signed in by what they began before.
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
 * Says of a flow whose worker has ended that it was interrupted, unless its very last step, forgetting the flow, was all
 * that was missing. To be called when the worker starts.
 */
export const settleFlow = async (): Promise<void> => {
  const flow = await items.flow.get()
  if (flow?.status !== 'open' || isRunning(flow)) return
  const sessions = Object.values(await items.sessions.get())
  if (sessions.some(({ signedInAt }) => signedInAt >= flow.startedAt)) return items.flow.remove()
  return items.flow.set({ ...flow, status: 'interrupted', error: { code: 'interrupted' } })
}

/** Forgets a flow that is over. */
export const dismissFlow = async (): Promise<void> => {
  await items.flow.update((flow) => (isRunning(flow) ? flow : null))
}

export const findFlow = async (): Promise<Flow | undefined> => {
  const flow = await items.flow.get()
  if (!flow) return undefined
  const { bootId: _private, ...shown } = flow
  return shown
}
