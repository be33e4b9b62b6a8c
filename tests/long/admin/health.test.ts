import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../scripts/server-process.ts'
import { listen } from '../../../server/http/listen.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'

const run = promisify(execFile)

/** Runs the command as a supervisor does. */
const health = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  run(process.execPath, ['server/main.ts', 'health', ...args]).then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )

describe('the command that asks a server how it is', { timeout: 60_000 }, () => {
  let folder: string
  let clinic: TestOrganization
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-health-'))
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(async () => {
    await clinic.close()
    await rm(folder, { recursive: true, force: true })
  })
  const port = () => new URL(clinic.url).port

  it('ends with 0 when the server is ready, or alive', async () => {
    const config = join(folder, 'carekey.json')
    await writeFile(config, JSON.stringify({ port: Number(port()), host: '0.0.0.0' }))
    expect(await health('--config', config)).toEqual({ code: 0, stdout: 'ready\n', stderr: '' })
    expect(await health('--port', port(), '--live')).toEqual({ code: 0, stdout: 'alive\n', stderr: '' })
  })

  it('ends with 1 and the reason when the server is not ready', async () => {
    const starting = await freePort()
    const listener = await listen({ host: 'localhost', port: starting })
    const answer = await health('--port', String(starting))
    await listener.close()
    expect(answer).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^starting: [A-Z].*\.\n$/) })
    expect(await health('--port', String(starting))).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: `No server answers at http://localhost:${starting}.\n`,
    })
  })

  it('ends with 1 when another program answers there', async () => {
    let body = '{"status":"UP"}'
    const other = createServer((_request, response) => response.end(body)).listen(0, 'localhost')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    for (body of [body, '<!doctype html>', 'null'])
      expect(await health('--port', String(port))).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: `What answers at http://localhost:${port} is another program.\n`,
      })
    other.close()
  })

  it('ends with 2 when it is not understood', async () => {
    expect(await health('--port', 'x')).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: expect.stringMatching(/^Usage: [\s\S]*\n--port takes a number from 1 to 65535\.\n$/),
    })
    expect((await health('--colour')).code).toBe(2)
    expect((await health('--config', join(folder, 'nothing.json'))).code).toBe(1)
  })
})
