/** Builds the archives for the two stores. They contain no provider, and the Firefox linter must find no error in them. */
import { readFileSync } from 'node:fs'
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

const packageFor = async (target: Target, version: string) => {
  const outDir = `.cache/package/${target}`
  const archive = `carekey-${target}-${version}.zip`
  await buildExtension(target, { outDir, providers: 'none' })
  if (target === 'firefox') await webExt('lint', '--source-dir', outDir)
  await webExt(
    'build',
    '--source-dir',
    outDir,
    '--artifacts-dir',
    'dist',
    '--filename',
    archive,
    '--overwrite-dest',
  )
  console.log(`Packed dist/${archive}`)
}

const main = async () => {
  const { version } = JSON.parse(readFileSync('manifest.json', 'utf8')) as { version: string }
  for (const target of ['chrome', 'firefox'] as const) await packageFor(target, version)
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
