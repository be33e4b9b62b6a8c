// Runs before every npm script and installs the packages of package-lock.json if node_modules does not match it. So it must work
// without any package and on any version of Node. One of the packages is Node itself, which npm puts first on the script's PATH.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const packagesIn = (lockfile) => {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** The scripts of a server need no package that `--omit=dev` leaves out. */
const isOfServer = /^pre(server|admin|fhir:import|audit:verify)$/.test(process.env.npm_lifecycle_event ?? '')

/** npm writes node_modules/.package-lock.json last, so an interrupted install has none. */
const isInstalled = () => {
  const wanted = packagesIn('package-lock.json')
  const present = packagesIn('node_modules/.package-lock.json')
  if (!wanted || !present) return false
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      present[path]?.version === entry.version ||
      (entry.optional && !present[path] && !isNodeForHere(entry)) ||
      (entry.dev && !present[path] && isOfServer),
  )
}

const isNodeForHere = ({ bin, os, cpu }) =>
  bin?.node !== undefined && [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch)

/** If npm has no Node for this platform, the installed one must be new enough. */
const requireNode = () => {
  const isBrought = ['node', 'node.cmd'].some((name) => existsSync(join(root, 'node_modules/.bin', name)))
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (isBrought || major > 24 || (major === 24 && minor >= 2)) return
  console.error(
    `npm has no Node for ${process.platform} ${process.arch}. Install Node 24 from https://nodejs.org; this is ${process.version}.`,
  )
  process.exit(1)
}

const install = () => {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) {
    console.error(
      `Carekey needs Node 20 or newer; this is ${process.version}. Get it from https://nodejs.org`,
    )
    process.exit(1)
  }
  console.log('Installing the packages named in package-lock.json (once; a minute or so) …')
  const started = Date.now()
  // `--ignore-scripts`: no package may run code at installation, because only code that package-lock.json has the hash of may run.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error(
      `The packages could not be installed (${error?.message ?? 'see the messages of npm above'}). Check the network and try again.`,
    )
    process.exit(1)
  }
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`)
}

if (!isInstalled()) install()
requireNode()
