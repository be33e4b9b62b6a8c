import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { installBrowsers } from '../../../scripts/browsers.ts'
import { buildExtension } from '../../../scripts/build.ts'
import type { Organization } from '../../e2e/organization.ts'

/** Creates an empty folder for one comparison. @throws Error when there is no browser to measure with. */
export const freshFolder = async (name: string): Promise<string> => {
  const missing = installBrowsers(['chromium'])
  if (missing) throw new Error(missing)
  const folder = resolve('.cache/bench', name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

/** Builds the extension that knows these organizations, and returns its folder. */
export const buildFor = async (folder: string, organizations: readonly Organization[]): Promise<string> => {
  const outDir = join(folder, 'carekey')
  const providers = JSON.stringify(organizations.map(({ provider }) => provider))
  await buildExtension('chrome', { outDir, providers })
  return outDir
}
