/**
 * Packs what the two stores take: an archive for each browser, which contains no provider and in which the Firefox linter finds no error,
 * and the sources for their reviewers.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildExtension, type Target } from './build.ts'
import { explain, startChild } from './child.ts'

const webExt = async (...args: string[]) => {
  const output: string[] = []
  const child = startChild(process.execPath, ['node_modules/web-ext/bin/web-ext.js', ...args], {
    onLine: (line) => output.push(line),
  })
  const ending = await child.ended
  if (ending.code !== 0) throw new Error(`web-ext ${args[0]} ${explain(ending)}.\n${output.join('\n')}`)
}

const packBrowser = async (target: Target, folder: string, archive: string) => {
  const outDir = `.cache/package/${target}`
  await buildExtension(target, { outDir, forStore: true })
  if (target === 'firefox') await webExt('lint', '--source-dir', outDir)
  await webExt(
    'build',
    ...['--source-dir', outDir, '--artifacts-dir', folder, '--filename', archive, '--overwrite-dest'],
  )
}

/** Packs the files of the last commit. */
const packSources = (file: string) =>
  execFileSync('git', ['archive', '--format=zip', '--prefix=carekey/', `--output=${resolve(file)}`, 'HEAD'])

/** Packs all archives; the sources only from a clone of the repository. @returns their paths. */
export const packAll = async (folder: string): Promise<Record<Target, string> & { source?: string }> => {
  mkdirSync(folder, { recursive: true })
  const { version } = JSON.parse(readFileSync('manifest.json', 'utf8')) as { version: string }
  const nameOf = (what: string) => `carekey-${what}-${version}.zip`
  for (const target of ['chrome', 'firefox'] as const) await packBrowser(target, folder, nameOf(target))
  const source = join(folder, nameOf('source'))
  const isClone = existsSync('.git')
  if (isClone) packSources(source)
  const browsers = { chrome: join(folder, nameOf('chrome')), firefox: join(folder, nameOf('firefox')) }
  return { ...browsers, ...(isClone && { source }) }
}

const main = async () => {
  const { chrome, firefox, source } = await packAll('dist')
  console.log(`${chrome}: for the Chrome Web Store and Microsoft Edge Add-ons`)
  console.log(`${firefox}: for addons.mozilla.org`)
  if (source) console.log(`${source}: for its reviewers`)
  console.log(
    'Next: upload them, and follow docs/stores.md, because a store may give the extension an id of its own.',
  )
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
