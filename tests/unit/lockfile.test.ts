import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface Entry {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly os?: string | readonly string[]
  readonly cpu?: string | readonly string[]
}

const REGISTRY = 'https://registry.npmjs.org/'

const read = (file: string) => readFileSync(file, 'utf8')
const lockfile = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }
const { scripts, optionalDependencies } = JSON.parse(read('package.json')) as Record<
  string,
  Record<string, string>
>
const packages = Object.entries(lockfile.packages).filter(([path]) => path !== '')

const isPinned = ({ integrity = '', resolved = REGISTRY }: Entry): boolean =>
  /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) && resolved.startsWith(REGISTRY)

describe('F56 what npm installs', () => {
  test('is pinned by a hash in package-lock.json and comes from one registry', () => {
    const loose = packages.filter(([, entry]) => !isPinned(entry))
    expect(loose.map(([path]) => path)).toEqual([])
  })

  test('includes the libraries that a benchmark compares with, by their hashes and in a folder of their own', () => {
    const { packages } = JSON.parse(read('tests/bench/peers/packages/package-lock.json')) as typeof lockfile
    const peers = Object.entries(packages).filter(([path]) => path !== '')
    expect(peers.filter(([, entry]) => !isPinned(entry))).toEqual([])
    expect(peers.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([])
    expect(read('tests/bench/peers/install-peers.ts')).toContain("['ci', '--ignore-scripts',")
    expect(Object.keys(lockfile.packages)).not.toContain('node_modules/better-auth')
  })

  test('runs nothing when it is installed; the one package that would do so is known', () => {
    const running = packages.filter(([, { hasInstallScript }]) => hasInstallScript)
    // It asks for donations.
    expect(running.map(([path]) => path)).toEqual(['node_modules/core-js'])
    expect(read('scripts/setup.mjs')).toContain("['ci', '--ignore-scripts',")
  })

  test('includes Node, as one package for each platform, in the versions that package.json names', () => {
    const nodes = packages.filter(([, { bin }]) => bin?.node !== undefined)
    const versions = Object.entries(optionalDependencies ?? {}).map(([name, version]) => [
      `node_modules/${name}`,
      version,
    ])
    expect(nodes.map(([path, { version }]) => [path, version])).toEqual(versions)
    const platforms = nodes.map(([, { os, cpu }]) => `${[os].flat()} ${[cpu].flat()}`)
    expect(platforms.sort()).toEqual(['darwin arm64', 'darwin x64', 'linux arm64', 'linux x64', 'win32 x64'])
  })

  test('is everything that scripts use: none of them downloads a package by name', () => {
    const fetching = Object.entries(scripts ?? {}).filter(([, line]) =>
      /\b(npx|npm\s+(i|install|add|x|exec)|pnpm|yarn|curl|wget)\b/.test(line),
    )
    expect(fetching).toEqual([])
  })
})
