import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSecret } from '../../server/files/read-secret.ts'
import { canRunAsNobody, NOBODY } from '../fixtures/nobody.ts'

const SECRET = 'ZZCANARY-secret'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey secret-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const write = async (name: string, content: string | Uint8Array, mode = 0o600): Promise<string> => {
  const file = join(folder, name)
  await rm(file, { force: true })
  await writeFile(file, content, { mode })
  return file
}

test('a secret is read without white space around it, and again at each call', async () => {
  const file = await write('token', `\ufeff${SECRET}\r\n`)
  expect(await readSecret(file)).toBe(SECRET)
  await writeFile(file, 'the next one\n')
  expect(await readSecret(file)).toBe('the next one')
})

test.each(['400', '600', '700'])('a secret is read from a file with mode %s', async (mode) => {
  expect(await readSecret(await write('token', SECRET, Number.parseInt(mode, 8)))).toBe(SECRET)
})

test.each(['604', '602', '640', '620', '644', '666'])(
  'G16 a secret is refused from a file with mode %s, with the command that closes it',
  async (mode) => {
    const file = await write("the clinic's token", SECRET)
    execFileSync('chmod', [mode, file])
    const { message } = await refusalOf(file)
    expect(message).toContain(`${file} is open to others (mode ${mode}). Close it with: `)
    execFileSync('sh', ['-c', message.slice(message.indexOf('chmod'))])
    expect(await readSecret(file)).toBe(SECRET)
  },
)

// Only root can give a file to another owner, and nobody has to reach this copy.
if (canRunAsNobody)
  test('a secret of root is read by a server whose group it belongs to, and refused when others read it too', async () => {
    const file = await write('handed-over', SECRET)
    await chmod(folder, 0o755)
    await chown(file, 0, NOBODY.gid)
    const program = `import { readSecret } from '${resolve('server/files/read-secret.ts')}'
console.log(await readSecret(process.argv[1]).catch((refusal) => refusal.message))`
    const read = () =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program, file], {
        ...{ ...NOBODY, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      }).trim()
    await chmod(file, 0o640)
    expect(read()).toBe(SECRET)
    for (const mode of [0o660, 0o644]) {
      await chmod(file, mode)
      expect(read()).toContain(`is open to others (mode ${mode.toString(8)})`)
    }
  })

test('G16 a secret behind a link is refused if the file itself is open', async () => {
  await symlink(await write('open', SECRET, 0o644), join(folder, 'link'))
  expect((await refusalOf(join(folder, 'link'))).message).toContain('is open to others (mode 644)')
})

test.each<[string, () => Promise<string>, string]>([
  ['does not exist', async () => join(folder, 'missing'), 'does not exist.'],
  ['has only white space', () => write('blank', ' \n'), 'is empty.'],
  ['is large', () => write('large', SECRET.repeat(5000)), 'is larger than 64 kB.'],
  ['is binary', () => write('binary', new Uint8Array([0xff, 0xfe, 0x00])), 'is not text in UTF-8.'],
  ['is a folder', async () => folderIn('folder'), 'is a folder.'],
  ['is a pipe that nobody writes to', async () => pipeIn('pipe'), 'is not a file.'],
])('G16 a secret whose file %s is refused by its name', async (_what, prepare, reason) => {
  const file = await prepare()
  expect((await refusalOf(file)).message).toBe(`${file} ${reason}`)
})

const refusalOf = async (file: string): Promise<Error> => {
  const error = await readSecret(file).catch((refusal: unknown) => refusal)
  expect(error).toMatchObject({ code: 'file-refused' })
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('CANARY')
  return error as Error
}

const folderIn = async (name: string): Promise<string> => {
  await mkdir(join(folder, name), { mode: 0o700 })
  return join(folder, name)
}

const pipeIn = (name: string): string => {
  const file = join(folder, name)
  execFileSync('mkfifo', ['-m', '600', file])
  return file
}
