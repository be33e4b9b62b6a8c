import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Git-ignored. Nothing of Carekey depends on what is installed there. */
const FOLDER = resolve('.cache/peers')
const LOCKFILE = 'package-lock.json'
/** Written last, so that an interrupted installation is not taken for a finished one. */
const INSTALLED = join(FOLDER, 'installed-lock.json')

const wanted = (file: string) => fileURLToPath(new URL(`packages/${file}`, import.meta.url))

/** Installs the peers by the hashes of their lockfile: once, and again when that file changes. */
export const installPeers = async (): Promise<void> => {
  const lockfile = await readFile(wanted(LOCKFILE), 'utf8')
  if ((await readFile(INSTALLED, 'utf8').catch(() => '')) === lockfile) return
  console.log('Installing the peers (once; a minute or so) …')
  await mkdir(FOLDER, { recursive: true })
  for (const file of ['package.json', LOCKFILE]) await copyFile(wanted(file), join(FOLDER, file))
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const options = { cwd: FOLDER, stdio: 'inherit' } as const
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, options)
  if (status !== 0) throw new Error('The peers could not be installed. Check the network and try again.')
  await copyFile(wanted(LOCKFILE), INSTALLED)
}

/** Imports a package of the peers' own folder. */
export const importPeer = async <T>(name: string): Promise<T> =>
  import(pathToFileURL(createRequire(join(FOLDER, 'package.json')).resolve(name)).href)
