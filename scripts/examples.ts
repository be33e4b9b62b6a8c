import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, startChild } from './child.ts'

const NAME = 'hl7.fhir.r4.examples'
const VERSION = '4.0.1'
const cache = '.cache'

/**
 * Downloads the official FHIR R4 examples into the git-ignored cache, unless they are there. They are 18 MB, 190 MB unpacked, and so
 * not a dependency.
 *
 * @returns the folder that holds the JSON files.
 * @throws Error that says what to do when the npm registry cannot be reached.
 */
export const fetchExamples = async (): Promise<string> => {
  const folder = join(cache, `${NAME}-${VERSION}`)
  if (existsSync(folder)) return join(folder, 'package')
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'bringing-'))
  try {
    await run('npm', ['pack', `${NAME}@${VERSION}`, '--silent', '--pack-destination', work])
    const archive = (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? ''
    await run('tar', ['-xzf', join(work, archive), '-C', work])
    await rm(join(work, archive))
    // Only a complete folder gets this name. If another process was faster, its folder is just as good.
    await rename(work, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return join(folder, 'package')
}

const run = async (command: string, args: string[]): Promise<void> => {
  const lines: string[] = []
  const ending = await startChild(command, args, { onLine: (line) => lines.push(line) }).ended
  if (ending.code === 0) return
  throw new Error(
    [
      `The official FHIR examples could not be downloaded: ${command} ${explain(ending)}.`,
      `They are needed once, from the npm registry (${NAME}@${VERSION}). Connect to it and try again.`,
      ...lines.slice(-5),
    ].join('\n'),
  )
}

if (import.meta.main) console.log(await fetchExamples())
