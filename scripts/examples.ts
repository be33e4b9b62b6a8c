import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, startChild } from './child.ts'

const cache = '.cache'

/**
 * Packages that HL7 publishes: the official FHIR R4 examples, and the implementation guides International Patient Summary
 * and mCODE (cancer), whose examples are in the folder `example`.
 */
const PUBLISHED = {
  r4: 'hl7.fhir.r4.examples@4.0.1',
  ips: 'hl7.fhir.uv.ips@2.0.0',
  mcode: 'hl7.fhir.us.mcode@4.0.0',
} as const

/**
 * Downloads a package of examples into the git-ignored cache, unless it is there. That of R4 has 18 MB, 190 MB unpacked; so
 * they are not dependencies.
 *
 * @returns the folder that holds the JSON files.
 * @throws Error that says what to do when the npm registry cannot be reached.
 */
export const fetchExamples = async (from: keyof typeof PUBLISHED = 'r4'): Promise<string> => {
  const name = PUBLISHED[from]
  const folder = join(cache, name.replace('@', '-'))
  const files = join(folder, 'package', from === 'r4' ? '' : 'example')
  if (existsSync(folder)) return files
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'bringing-'))
  try {
    await run(name, 'npm', ['pack', name, '--silent', '--pack-destination', work])
    const archive = (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? ''
    await run(name, 'tar', ['-xzf', join(work, archive), '-C', work])
    await rm(join(work, archive))
    // Only a complete folder gets this name. If another process was faster, its folder is just as good.
    await rename(work, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return files
}

const run = async (name: string, command: string, args: string[]): Promise<void> => {
  const lines: string[] = []
  const ending = await startChild(command, args, { onLine: (line) => lines.push(line) }).ended
  if (ending.code === 0) return
  throw new Error(
    [
      `The examples of HL7 could not be downloaded: ${command} ${explain(ending)}.`,
      `They are needed once, from the npm registry (${name}). Connect to it and try again.`,
      ...lines.slice(-5),
    ].join('\n'),
  )
}

if (import.meta.main) console.log(await fetchExamples())
