import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isDebianRoot, runApt } from './apt.ts'

const PROXIES = ['nginx', 'haproxy'] as const
type ProxyName = (typeof PROXIES)[number]

/** Debian keeps servers where only the PATH of root leads. */
const SYSTEM_PROGRAMS = '/usr/sbin'
/** Asked by packages before they start a service that they have just installed. */
const START_POLICY = '/usr/sbin/policy-rc.d'

const findProxy = (name: ProxyName): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), SYSTEM_PROGRAMS]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/** @throws Error that says what to install. */
export const requireProxy = (name: ProxyName): string => {
  const path = findProxy(name)
  if (!path) throw new Error(`No ${name} was found. On Debian: sudo apt-get install ${name}`)
  return path
}

/**
 * Installs nginx and HAProxy as root on Debian; elsewhere it installs nothing. Does not start them, because tests start them
 * themselves.
 *
 * @returns a sentence that says what to install, or undefined if both are installed.
 */
export const installProxies = (): string | undefined => {
  const missing = PROXIES.filter((name) => !findProxy(name))
  if (missing.length === 0) return undefined
  if (isDebianRoot()) {
    console.log(`Installing ${missing.join(' and ')} with apt-get (once) …`)
    if (
      withoutStarting(
        () => runApt('update') && runApt('install', '-y', '--no-install-recommends', ...missing),
      )
    ) {
      spawnSync('systemctl', ['disable', '--quiet', ...missing])
      return undefined
    }
  }
  return `Install ${missing.join(' and ')} for the tests behind a proxy; on Debian: sudo apt-get install ${missing.join(' ')}`
}

const withoutStarting = (install: () => boolean): boolean => {
  if (existsSync(START_POLICY)) return install()
  writeFileSync(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return install()
  } finally {
    rmSync(START_POLICY)
  }
}
