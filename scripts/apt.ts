import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether packages may be installed without asking: as root on Debian. */
export const isDebianRoot = (): boolean => process.getuid?.() === 0 && existsSync('/etc/debian_version')

/** Runs apt-get. @returns whether it succeeded. */
export const runApt = (...args: string[]): boolean =>
  spawnSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0
