import type { Socket } from 'node:net'

/** Longest time without a byte in either direction, in milliseconds. Node allows twice that for an answer that is not read. */
export const LONGEST_SILENCE = 10_000

/**
 * Longest life of a socket after its last request, in milliseconds: the answer is sent, and the client reads it. Closing while the
 * client still sends would discard the answer before it is read.
 */
const LONGEST_FAREWELL = 3_000
/** Most bytes that are read and discarded meanwhile: the rest of a body that was refused. */
const MOST_DISCARDED = 12_000_000
/** How often these two are checked, in milliseconds. */
const FAREWELL_CHECK = 50

/**
 * Owns a socket from its connection to its end, whoever else handles it meanwhile. Node removes its own listeners when it hands
 * a socket over, and an error without a listener would end the process (J01).
 */
export const ownSocket = (socket: Socket): void => {
  // Once asked for, Node keeps it. After a reset it is too late to ask, and a caller without an address would escape the limits.
  if (socket.remoteAddress === undefined) socket.destroy()
  socket.on('error', () => socket.destroy())
  socket.on('timeout', () => socket.destroy())
  socket.setTimeout(LONGEST_SILENCE)
  // Node calls this after the last answer, and would close even if the client is still sending a body that was refused (J18).
  socket.destroySoon = () => {
    takeSocket(socket)
    socket.end()
  }
}

const taken = new WeakSet<Socket>()

/** Whether a socket has, or had, its last answer, so that nothing more on it is a request. */
export const isTaken = (socket: Socket): boolean => taken.has(socket)

/**
 * Takes a socket for one last answer: whatever still arrives is discarded, and soon the socket is closed.
 *
 * @returns false if it is closed, or was taken before.
 */
export const takeSocket = (socket: Socket): boolean => {
  if (socket.destroyed || taken.has(socket)) return false
  taken.add(socket)
  const mostBytes = socket.bytesRead + MOST_DISCARDED
  const deadline = performance.now() + LONGEST_FAREWELL
  // Counts from outside, because while the parser has the socket no bytes pass its listeners.
  const timer = setInterval(() => {
    if (socket.bytesRead > mostBytes || performance.now() > deadline) socket.destroy()
  }, FAREWELL_CHECK)
  socket.once('close', () => clearInterval(timer))
  return true
}
