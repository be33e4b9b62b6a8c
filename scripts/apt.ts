import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether packages may be installed here unasked. */
export const isDebianRoot = (): boolean => process.getuid?.() === 0 && existsSync('/etc/debian_version')

/** @returns whether it did what it was asked. */
export const runApt = (...args: string[]): boolean =>
  spawnSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0
