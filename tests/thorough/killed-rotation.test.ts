import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { john } from '../../server/demo/withings/people.ts'
import { findKeyFile } from '../../server/keys/key-file.ts'
import { findKeyId, finishRotation, openKeys } from '../../server/keys/keys.ts'
import { openToken, resealTokens } from '../../server/sources/withings/token-sealer.ts'
import { createDatabase, engines } from '../fixtures/store.ts'
import { signInWithWithings, startWithingsOrganization } from '../fixtures/withings-organization.ts'
import { config } from '../integration/audit/logged.ts'

const KILLS = 12

const end = async (command: ChildProcess): Promise<void> => {
  if (command.exitCode === null && command.signalCode === null) await once(command, 'exit')
}

describe.each(engines)('J21 on %s', (store) => {
  test(`a rotation of compromised keys that is killed ${KILLS} times leaves keys that open everything`, async () => {
    const organization = await startWithingsOrganization({ store, people: [john] })
    await signInWithWithings(organization)
    const file = organization.database.keyFile
    const start = () =>
      spawn(process.execPath, [
        'server/cli/admin/main.ts',
        ...['keys', 'rotate', '--compromised', '--db', organization.database.url, '--keys', file],
      ])
    const begin = performance.now()
    await end(start())
    const whole = performance.now() - begin
    for (let kill = 0; kill < KILLS; kill++) {
      const command = start()
      // Its first half is the start of Node.
      await sleep(whole * (0.5 + (0.5 * kill) / KILLS))
      command.kill('SIGKILL')
      await end(command)
      // A server that starts now.
      const { store, config } = organization
      await openKeys({ config, store, clock: Date.now, file, onFault: () => {} })
      await finishRotation(organization.store, file, resealTokens)
      const { signing, pages, ...rest } = (await findKeyFile(file)) ?? expect.fail()
      expect(rest).not.toHaveProperty('resealing')
      expect(await findKeyId(organization.store.db)).toBe(signing[0].key.kid)
      const row = await organization.store.db
        .selectFrom('withings_account')
        .selectAll()
        .executeTakeFirstOrThrow()
      const keys = { pages: Buffer.from(pages, 'base64url'), resealing: [] }
      for (const sealed of [row.access_token, row.refresh_token])
        expect(openToken(keys, sealed, row), `killed the ${kill}th time`).toBeDefined()
    }
    await organization.close()
  }, 180_000)

  test(`new keys in place of lost ones can be made again after the command was killed ${KILLS} times`, async () => {
    const database = await createDatabase(store)
    const opened = await database.open()
    const file = database.keyFile
    const open = () => openKeys({ config, store: opened, clock: Date.now, file, onFault: () => {} })
    await open()
    const start = () =>
      spawn(process.execPath, [
        'server/cli/admin/main.ts',
        ...['keys', 'rotate', '--lost', '--db', database.url, '--keys', file],
      ])
    await rm(file)
    const begin = performance.now()
    await end(start())
    const whole = performance.now() - begin
    for (let kill = 0; kill < KILLS; kill++) {
      await rm(file, { force: true })
      const command = start()
      await sleep(whole * (0.5 + (0.5 * kill) / KILLS))
      command.kill('SIGKILL')
      await end(command)
      await end(start())
      await open()
      const { signing } = (await findKeyFile(file)) ?? expect.fail()
      expect(await findKeyId(opened.db), `killed the ${kill}th time`).toBe(signing[0].key.kid)
    }
    await opened.close()
    await database.close()
  }, 180_000)
})
