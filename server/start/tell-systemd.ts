import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How long systemd's own program may take, in milliseconds. It waits until systemd has taken the message. */
const LONGEST = 1_000

/**
 * Tells systemd a state, if systemd waits for one (`Type=notify`, sd_notify(3)). Node has no sockets of that kind, so `systemd-notify`
 * does. A server goes on if it is missing or fails.
 *
 * @param report is called then.
 */
export const tellSystemd = async (
  state: 'READY=1' | 'STOPPING=1',
  report: (error: unknown) => void,
): Promise<void> => {
  if (!process.env.NOTIFY_SOCKET) return
  try {
    await run('systemd-notify', [state], { timeout: LONGEST, killSignal: 'SIGKILL' })
  } catch (error) {
    report(error)
  }
}
