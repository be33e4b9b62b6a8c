import { ProblemError, toProblem } from '../messages/errors.ts'
import type { Flow, Purpose } from '../messages/state.ts'
import { items, type StoredFlow } from '../storage/items.ts'

/** This life of the worker. A flow is held in its memory, so a flow of another life is over. */
const bootId = crypto.randomUUID()

/**
 * Runs a sign-in as the only one, and keeps in storage how it stands: nothing when it went well, else why not.
 * Throws what `signIn` throws, and `flow-busy`.
 */
export const runFlow = async <T>(
  { providerId, purpose }: { providerId: string; purpose: Purpose },
  signIn: () => Promise<T>,
): Promise<T> => {
  const flow: StoredFlow = { providerId, purpose, status: 'open', startedAt: Date.now(), bootId }
  await items.flow.update((current) => {
    if (isRunning(current)) throw new ProblemError('flow-busy')
    return flow
  })
  try {
    const value = await signIn()
    await items.flow.remove()
    return value
  } catch (error) {
    await items.flow.set({ ...flow, status: 'failed', error: toProblem(error) })
    throw error
  }
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
  return shown as Flow
}
