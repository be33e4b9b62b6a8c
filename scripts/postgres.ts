import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDebianRoot, runApt } from './apt.ts'

/** The folder of Debian's package, with a folder for each version. */
const VERSIONS = '/usr/lib/postgresql'
/** A sed command for the configuration of `postgresql-common`: installing the package then creates and starts no database. */
const NO_CLUSTER = ['-i', 's/^#\\? *create_main_cluster *=.*/create_main_cluster = false/'] as const

/** Returns the folder of the newest PostgreSQL programs. `CAREKEY_POSTGRES` overrides it. */
export const findPostgres = (): string | undefined => {
  const { CAREKEY_POSTGRES: chosen } = process.env
  if (chosen) return chosen
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : []
  return versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/**
 * Installs PostgreSQL as root on Debian; elsewhere it installs nothing. Does not start it, because tests start it themselves.
 *
 * @returns a sentence that says what to install, or undefined if it is installed.
 */
export const installPostgres = (): string | undefined => {
  if (findPostgres()) return undefined
  if (isDebianRoot()) {
    console.log('Installing postgresql with apt-get (once) …')
    const isInstalled =
      runApt('update') &&
      runApt('install', '-y', '--no-install-recommends', 'postgresql-common') &&
      spawnSync('sed', [...NO_CLUSTER, '/etc/postgresql-common/createcluster.conf']).status === 0 &&
      runApt('install', '-y', '--no-install-recommends', 'postgresql')
    if (isInstalled && findPostgres()) return undefined
  }
  return process.platform === 'linux'
    ? 'Install postgresql, or the tests on PostgreSQL are left out; on Debian: sudo apt-get install postgresql'
    : 'Install PostgreSQL and name its bin folder in CAREKEY_POSTGRES, or the tests on it are left out.'
}
