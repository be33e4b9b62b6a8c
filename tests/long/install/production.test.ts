import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../scripts/server-process.ts'
import { canRunAsNobody, NOBODY } from '../../fixtures/nobody.ts'

const CONTAINERFILE = 'docs/install/Containerfile'

/** The instructions of a Containerfile, each on one line. */
const instructions = async (): Promise<string[]> =>
  (await readFile(CONTAINERFILE, 'utf8'))
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter(Boolean)

/** The words of an instruction in exec form. */
const wordsOf = async (pattern: RegExp): Promise<string[]> => {
  const [, words = '[]'] = pattern.exec((await instructions()).join('\n')) ?? []
  return JSON.parse(words)
}

interface Locked {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
}

/** Installs what `npm ci --omit=dev` does, without the network: the packages that are here, but those of developers. */
const installPackages = async (to: string): Promise<void> => {
  const present = JSON.parse(await readFile('node_modules/.package-lock.json', 'utf8')) as Locked
  const names = Object.entries(present.packages).flatMap(([path, { dev }]) => (dev ? [] : [path]))
  // Inner packages come with those around them.
  const outer = names.filter((path) => path.lastIndexOf('node_modules/') === 0)
  for (const path of [...outer, 'node_modules/.bin/node'])
    await cp(path, join(to, path), { recursive: true, verbatimSymlinks: true })
  const packages = Object.fromEntries(Object.entries(present.packages).filter(([, { dev }]) => !dev))
  await writeFile(join(to, 'node_modules/.package-lock.json'), JSON.stringify({ ...present, packages }))
}

let folder: string
/** The image's own files. */
let image: string
let data: string
let port: number
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-image-'))
  await chmod(folder, 0o755)
  ;[image, data, port] = [join(folder, 'carekey'), join(folder, 'data'), await freePort()]
  await mkdir(image)
  for (const line of await instructions()) {
    const [instruction, ...words] = line.split(/\s+/)
    if (instruction !== 'COPY' || line.includes('--from')) continue
    const names = words.filter((word) => !word.startsWith('--'))
    const to = names.pop() ?? ''
    for (const name of names) {
      const target = to.endsWith('/') ? join(image, to, name.split('/').at(-1) ?? '') : join(image, to)
      await mkdir(dirname(target), { recursive: true })
      await cp(name, target, { recursive: true })
    }
  }
  await installPackages(image)
  spawnSync('chmod', ['-R', 'a+rX,a-w', image])
  await mkdir(data, { mode: 0o700 })
  await writeFile(join(data, 'clinic.json'), JSON.stringify({ host: '127.0.0.1', port }))
  if (canRunAsNobody)
    for (const path of [data, join(data, 'clinic.json')]) await chown(path, NOBODY.uid, NOBODY.gid)
})
afterAll(async () => {
  spawnSync('chmod', ['-R', 'u+w', folder])
  await rm(folder, { recursive: true, force: true })
})

/** Runs the words of the Containerfile in the image's folder, as a user who may write only the data. */
const run = ([program = '', ...args]: readonly string[]) =>
  spawn(
    program,
    args.map((arg) => arg.replace('/data/', `${data}/`)),
    {
      cwd: image,
      env: { PATH: `${image}/node_modules/.bin:/usr/bin:/bin` },
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(canRunAsNobody && NOBODY),
    },
  )

describe('the files of the container', { timeout: 30_000 }, () => {
  it('are no developer’s', async () => {
    const has = (name: string) =>
      stat(join(image, 'node_modules', name)).then(
        () => true,
        () => false,
      )
    expect(await Promise.all(['fastify', 'vitest', 'typescript', 'vite'].map(has))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('serve from a folder that cannot be written, are healthy, and end in time at SIGTERM', async () => {
    const health = await wordsOf(/HEALTHCHECK .*CMD (\[.*\])/)
    const server = run(await wordsOf(/^CMD (\[.*\])/m))
    const exit = once(server, 'exit')
    try {
      const ready = () =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          ({ status }) => status,
          () => 0,
        )
      await expect.poll(ready, { timeout: 20_000 }).toBe(200)
      expect((await once(run(health), 'exit'))[0]).toBe(0)
      const before = performance.now()
      server.kill('SIGTERM')
      expect((await exit)[0]).toBe(0)
      expect(performance.now() - before).toBeLessThan(5_000)
    } finally {
      server.kill('SIGKILL')
    }
    expect((await once(run(health), 'exit'))[0]).toBe(1)
    expect(await stat(join(data, 'data/carekey.db'))).toBeDefined()
    if (canRunAsNobody) expect(await once(run(['touch', 'x']), 'exit')).toEqual([1, null])
  })
})

describe('the packages of a server', { timeout: 30_000 }, () => {
  const setUp = (script: string) =>
    spawnSync(process.execPath, [join(image, 'scripts/setup.mjs')], {
      env: { npm_lifecycle_event: script, npm_execpath: '/nowhere/npm' },
    }).status
  it('are left as they are by its scripts; those of developers install the rest', async () => {
    spawnSync('chmod', ['u+w', image])
    await cp('scripts/setup.mjs', join(image, 'scripts/setup.mjs'))
    expect(['preserver', 'preadmin', 'prefhir:import', 'preaudit:verify'].map(setUp)).toEqual([0, 0, 0, 0])
    expect(setUp('pretest')).toBe(1)
  })
})
