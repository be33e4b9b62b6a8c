import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startServerProcess } from '../fixtures/server-process.ts'
import { mountSmallDisk } from './small-disk.ts'

const disk = mountSmallDisk()

test.skipIf(!disk)(
  'F37 a server says that its disk is nearly full, and keeps answering',
  async () => {
    const { folder, unmount } = disk ?? expect.fail()
    onTestFinished(unmount)
    const server = await startServerProcess({
      db: `sqlite:${join(folder, 'low.db')}`,
      logKey: join(folder, 'low.log-key'),
    })
    onTestFinished(server.stop)
    const ready = async () => {
      const response = await fetch(`${server.url}/readyz`)
      expect(response.status).toBe(200)
      return response.json()
    }
    expect(await ready()).toEqual({ status: 'ready' })
    // The demo's records move from the log into the file soon after the start, and take their room once more.
    const sizeOf = async (name: string) => (await stat(join(folder, name))).size
    const isMoved = async () => (await sizeOf('low.db')) >= (await sizeOf('low.db-wal'))
    await expect.poll(isMoved, { timeout: 20_000 }).toBe(true)
    const { bavail, blocks, bsize } = await statfs(folder)
    const rest = join(folder, 'rest')
    await writeFile(rest, Buffer.alloc(Math.floor(bavail - blocks * 0.03) * bsize))
    const warning = { warning: 'disk-low', detail: expect.stringMatching(/ [23]\.\d % of a disk is free/) }
    await expect.poll(ready, { timeout: 3_000 }).toEqual({ status: 'ready', ...warning })
    expect((await fetch(`${server.url}/fhir/Patient/1`)).status).toBe(401)
    await rm(rest)
    await expect.poll(ready, { timeout: 3_000 }).toEqual({ status: 'ready' })
    // What monitoring was told, each change once.
    const told = () => server.log().filter((line) => line.includes('B/readyz answers'))
    await expect
      .poll(told)
      .toEqual([expect.stringContaining('"warning":"disk-low"'), expect.not.stringContaining('disk-low')])
  },
  60_000,
)
