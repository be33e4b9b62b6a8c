import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDebianRoot, runApt } from './apt.ts'

/** Where Debian's package keeps the programs, a folder for each version. */
const VERSIONS = '/usr/lib/postgresql'
/** Where `postgresql-common` says that no database is made, or started, when it is installed. */
const NO_CLUSTER = ['-i', 's/^#\\? *create_main_cluster *=.*/create_main_cluster = false/'] as const

/** The folder of the PostgreSQL programs, the newest. `CAREKEY_POSTGRES` names another one. */
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
 * Installs PostgreSQL where that may be done unasked: as root on Debian. Tests start it themselves; the package starts
 * nothing.
 *
 * @returns one sentence for what the person must install, or undefined when it is there.
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
