import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startHaproxy, startNginx } from '../fixtures/proxies.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { createDatabase } from '../fixtures/store.ts'

/** An address of this machine that is not the proxies'. */
const PERSON = { address: '127.1.0.2', network: '127.1.0.0/24' }
const FORGED = 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 127.0.0.1'

test('J22 behind nginx, HAProxy, and both, the address of the person counts', async () => {
  const database = await createDatabase('sqlite')
  const config = join(dirname(database.logKey), 'config.json')
  await writeFile(config, JSON.stringify({ trustProxy: ['127.0.0.1'] }))
  const server = await startServerProcess({ db: database.url, logKey: database.logKey, config })
  const nginx = await startNginx(server.url, { streamed: false })
  const [haproxy, both] = [await startHaproxy(server.url), await startHaproxy(nginx.url)]
  const store = await database.open()
  onTestFinished(async () => {
    await store.close()
    for (const each of [both, haproxy, nginx, server]) await each.stop()
    await database.close()
  })

  for (const { url } of [nginx, haproxy, both]) {
    await store.write((trx) => trx.deleteFrom('refused_request').execute())
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), localAddress: PERSON.address })
    socket.write(`GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${FORGED}\r\n\r\n`)
    await once(socket.resume(), 'close')
    const rows = await store.db.selectFrom('refused_request').select(['network', 'requests']).execute()
    expect(rows).toEqual([{ network: PERSON.network, requests: 1 }])
  }
}, 60_000)
