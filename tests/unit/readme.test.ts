import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../server/main.ts'
import { readConfigFile } from '../../server/start/config-file.ts'

test('the configurations in the README start a server, one for each kind of source', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-readme-'))
  const file = join(folder, 'clinic.json')
  const readme = await readFile('README.md', 'utf8')
  const kinds: string[] = []
  for (const [, example = ''] of readme.matchAll(/^```json\n(.*?)^```$/gms)) {
    await writeFile(file, example)
    const { source } = await readConfigFile(file)
    for (const [, secret = ''] of JSON.stringify(source).matchAll(/File":"([^"]+)"/g)) {
      expect(dirname(dirname(secret))).toBe(folder)
      await mkdir(dirname(secret), { recursive: true })
      await writeFile(secret, 'a secret', { mode: 0o600 })
    }
    expect((await readConfig(['--config', file])).config.source).toEqual(source)
    kinds.push(source.kind)
  }
  expect(kinds).toEqual(['embedded', 'fhir', 'withings'])
  await rm(folder, { recursive: true })
})
