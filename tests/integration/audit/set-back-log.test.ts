import { copyFile, rm } from 'node:fs/promises'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { checkedFile, pinnedFile } from '../../../server/audit/checkpoint/log-key.ts'
import type { LogKeyOptions } from '../../../server/audit/open-log-key.ts'
import { runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { config } from './logged.ts'

it.each(engines)(
  'D07 a log that the operator set back is sound also if the clock had been ahead, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const database = await createDatabase(engine)
    const { keyFile, logKey } = database
    const store = await database.open()
    const serve = async (isLost: boolean) => {
      const app = await createApp({
        ...{ config, store, clock: Date.now, keyFile },
        logKey: { file: logKey, isLost },
      })
      await app.inject('/fhir/Patient/ana')
      const ready = (await app.inject('/readyz')).json()
      await app.close()
      return ready
    }
    await serve(false)
    await store.write(async (trx) => {
      await sql`update audit_checkpoint set signed_at = signed_at + 3600000`.execute(trx)
    })
    // From here on, the checkpoints in the database are signed with a key that nobody has.
    await rm(logKey)
    expect(await serve(true)).toEqual({ status: 'ready' })
    expect(await serve(false)).toEqual({ status: 'ready' })
    expect(await runVerify(['--db', database.url, '--log-key', logKey])).toMatchObject({ status: 0 })
    await store.close()
    await database.close()
  },
)

it.each(engines)(
  'D07 a log that the operator calls an older copy says so, although nothing here shows it, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const database = await createDatabase(engine)
    const { keyFile, logKey } = database
    const store = await database.open()
    const serve = async (acceptRollback: boolean) => {
      const app = await createApp({
        ...{ config, store, clock: Date.now, keyFile },
        logKey: { file: logKey, acceptRollback },
      })
      await app.inject('/fhir/Patient/ana')
      const ready = (await app.inject('/readyz')).json()
      await app.close()
      return ready
    }
    await serve(false)
    // As on another machine, to which only the database and its keys were copied.
    for (const file of [pinnedFile(logKey), checkedFile(logKey)]) await rm(file)
    expect(await serve(true)).toEqual({ status: 'ready' })
    expect(await serve(false)).toEqual({ status: 'ready' })
    const rows = await store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'rollback')
      .execute()
    expect(rows).toEqual([{ json: expect.stringContaining('{"type":"how","valueString":"declared"}') }])
    expect(await runVerify(['--db', database.url, '--log-key', logKey])).toMatchObject({ status: 0 })
    await store.close()
    await database.close()
  },
)

it('D07 after one server accepted an older copy, another goes on with what it signed, and says so', {
  timeout: 60_000,
}, async () => {
  const database = await createDatabase('sqlite')
  const { keyFile, logKey: first } = database
  const file = database.url.slice('sqlite:'.length)
  const second = `${first}-of-second`
  const serve = async (logKey: LogKeyOptions) => {
    const store = await database.open()
    try {
      const app = await createApp({ config, store, clock: Date.now, keyFile, logKey })
      await app.inject('/fhir/Patient/ana')
      const ready = (await app.inject('/readyz')).json()
      await app.close()
      return ready
    } finally {
      await store.close()
    }
  }
  const copyBeside = async () => {
    for (const named of [pinnedFile, checkedFile]) await copyFile(named(first), named(second))
  }
  await serve({ file: first })
  await copyFile(file, `${file}-yesterday`)
  await serve({ file: first })
  await copyFile(first, second)
  await serve({ file: second })
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
  await copyFile(`${file}-yesterday`, file)

  const refusal = (logKey: LogKeyOptions): Promise<string> =>
    serve(logKey).then(
      () => 'it started',
      (error: Error) => error.message,
    )
  expect(await refusal({ file: first })).toMatch(/if you restored an older copy on purpose, start once/i)
  expect(await refusal({ file: first })).not.toContain('accepted')
  expect(await serve({ file: first, acceptRollback: true })).toEqual({ status: 'ready' })
  expect(await refusal({ file: second })).toMatch(
    new RegExp(
      `a server accepted an older copy at ${new Date().getUTCFullYear()}-.*copy .* to ${pinnedFile(second)} and ${checkedFile(second)}`,
    ),
  )
  await copyBeside()
  expect(await serve({ file: second })).toEqual({ status: 'ready' })
  expect(await serve({ file: first })).toEqual({ status: 'ready' })

  const store = await database.open()
  const rows = await store.db
    .selectFrom('audit_event')
    .select('id')
    .where('subtype', '=', 'rollback')
    .execute()
  expect(rows).toHaveLength(1)
  await store.close()
  expect(await runVerify(['--db', database.url, '--log-key', second])).toMatchObject({ status: 0 })
  await database.close()
})

it('D07 an older copy with the checkpoint from its time is called one, if more was checked here since', {
  timeout: 60_000,
}, async () => {
  const database = await createDatabase('sqlite')
  const { keyFile, logKey } = database
  const file = database.url.slice('sqlite:'.length)
  const serve = async (acceptRollback: boolean) => {
    const store = await database.open()
    try {
      const app = await createApp({
        ...{ config, store, clock: Date.now, keyFile },
        logKey: { file: logKey, acceptRollback },
      })
      await app.inject('/fhir/Patient/ana')
      const ready = (await app.inject('/readyz')).json()
      await app.close()
      return ready
    } finally {
      await store.close()
    }
  }
  await serve(false)
  const saved = [file, pinnedFile(logKey)]
  for (const each of saved) await copyFile(each, `${each}-yesterday`)
  await serve(false)
  // The next start checks what the last one wrote.
  await serve(false)
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
  for (const each of saved) await copyFile(`${each}-yesterday`, each)
  await expect(serve(false)).rejects.toThrow(
    /were checked \(according to .*checked\)\. If you restored an older copy on purpose, start once with --accept-rollback/,
  )
  expect(await serve(true)).toEqual({ status: 'ready' })
  expect(await serve(false)).toEqual({ status: 'ready' })
  await database.close()
})
