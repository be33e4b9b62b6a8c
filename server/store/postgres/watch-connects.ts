import pg from 'pg'
import { NotConnected } from '../store.ts'
import { PasswordFileClient } from './password-file-client.ts'

/** Knows whether a database refused a further connection when a pool last needed one. */
export const watchConnects = () => {
  let isRefused = false
  /** Returns the error of a connection that was not made. */
  const fail = (error: unknown): NotConnected => {
    isRefused ||= !isForLack(error)
    return new NotConnected(error)
  }
  /** As `connectFault` of `Store`. Tries outside of the pool, which would hand out a connection that it has. */
  const findFault = async (options: pg.ClientConfig): Promise<NotConnected | undefined> => {
    if (!isRefused) return undefined
    isRefused = false
    const client = new PasswordFileClient(options)
    client.on('error', () => undefined)
    try {
      await client.connect()
      return undefined
    } catch (error) {
      const failure = fail(error)
      return isRefused ? failure : undefined
    } finally {
      client.end().catch(() => undefined)
    }
  }
  return { fail, findFault }
}

/** Whether there was no connection because all of the pool, or of the server, are in use: they go on, and are given back. */
const isForLack = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ? error.code === TOO_MANY_CONNECTIONS : isPoolInUse(error)

/** Whether the pool handed out no connection within its time because all of them are in use. */
export const isPoolInUse = (error: unknown): boolean =>
  error instanceof Error && error.message === 'timeout exceeded when trying to connect'

const TOO_MANY_CONNECTIONS = '53300'
