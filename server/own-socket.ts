import type { Socket } from 'node:net'

/** Longest time without a byte in either direction, in milliseconds. Node allows twice that for an answer that is not read. */
export const LONGEST_SILENCE = 10_000

/**
 * Longest life of a socket after its last request, in milliseconds: its refusal is counted and sent, and the client reads it.
 * Closing while the client still sends would discard the answer before it is read.
 */
const LONGEST_FAREWELL = 3_000
/** Most bytes that are read and discarded meanwhile. */
const MOST_DISCARDED = 1_000_000

/**
 * Owns a socket from its connection to its end, whoever else handles it meanwhile. Node removes its own listeners when it hands
 * a socket over, and an error without a listener would end the process (J01).
 */
export const ownSocket = (socket: Socket): void => {
  socket.on('error', () => socket.destroy())
  socket.on('timeout', () => socket.destroy())
  socket.setTimeout(LONGEST_SILENCE)
}

const taken = new WeakSet<Socket>()

/**
 * Takes a socket away from the HTTP parser, for one last answer: whatever still arrives is discarded, and soon the socket is
 * closed.
 *
 * @returns false if it is closed, or was taken before.
 */
export const takeSocket = (socket: Socket): boolean => {
  if (socket.destroyed || taken.has(socket)) return false
  taken.add(socket)
  const timer = setTimeout(() => socket.destroy(), LONGEST_FAREWELL)
  socket.once('close', () => clearTimeout(timer))
  const before = socket.bytesRead
  // Node's listener would pass the bytes to the parser, which fails an assertion if it was paused.
  socket.removeAllListeners('data').on('data', () => {
    if (socket.bytesRead - before > MOST_DISCARDED) socket.destroy()
  })
  socket.resume()
  return true
}
