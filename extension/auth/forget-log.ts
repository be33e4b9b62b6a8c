import { items } from '../storage/items.ts'

/** Another organization has another log: what was kept of this one, and held against it, says nothing of that. */
export const forgetLog = async (providerId: string): Promise<void> => {
  const connections = await items.connections.get()
  await items.checkpoints.update(({ [providerId]: _kept, ...others }) => others)
  await items.logForks.update(({ [providerId]: _kept, ...others }) => others)
  const ofOthers = <T>(all: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([id]) => connections[id]?.providerId !== providerId))
  await items.logAlarms.update(ofOthers)
  await items.knownEntries.update(ofOthers)
}
