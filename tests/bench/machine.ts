import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { findBrowser } from '../../scripts/browsers.ts'

/** Describes the machine as far as it matters, without anything that identifies it. */
export const describeMachine = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()}`,
  /** Processes that wanted to run in the last minute. More of them than cores means that the results are noisy. */
  load: loadavg()[0] ?? 0,
})

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version

export const describeVersions = () => {
  const chromium = findBrowser('chromium')
  return {
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? 'unknown',
    ...Object.fromEntries(
      ['oidc-provider', 'fastify', 'kysely', 'preact'].map((name) => [name, versionOf(name)]),
    ),
    ...(chromium && {
      chromium: /[\d.]+/.exec(
        execFileSync(chromium, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      )?.[0],
    }),
  }
}
