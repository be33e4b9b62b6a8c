import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import {
  checkedFile,
  createLogKey,
  findLogKey,
  pinnedFile,
} from '../../../server/audit/checkpoint/log-key.ts'
import type { LogKeyOptions } from '../../../server/audit/open-log-key.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { runAdmin, runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { accessAbout, config } from './logged.ts'

it.each(engines)(
  'D07 a server without the key that signed the log does not start, also with --accept-rollback, and makes no key, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const database = await createDatabase(engine)
    const { keyFile, logKey } = database
    const store = await database.open()
    const serve = async (more: Omit<LogKeyOptions, 'file'> = {}) => {
      const app = await createApp({
        ...{ config, store, clock: Date.now, keyFile },
        logKey: { file: logKey, ...more },
      })
      await app.inject('/fhir/Patient/ana')
      const ready = (await app.inject('/readyz')).json()
      await app.close()
      return ready
    }
    const advice = expect.stringContaining(`Copy the key to ${logKey} from`)
    const refuses = async (more?: Omit<LogKeyOptions, 'file'>) => {
      const refused = expect.objectContaining({ code: 'log-refused', message: advice })
      await expect(serve(more)).rejects.toEqual(refused)
      await expect(serve(more)).rejects.not.toThrow('--accept-rollback')
    }
    await serve()
    await rename(logKey, `${logKey}-copy`)
    await rm(pinnedFile(logKey))
    for (const more of [{}, { acceptRollback: true }]) await refuses(more)
    expect(existsSync(logKey)).toBe(false)

    // Another log's key.
    await createLogKey(logKey)
    const others = await readFile(logKey, 'utf8')
    for (const more of [{}, { acceptRollback: true }]) await refuses(more)

    await rename(`${logKey}-copy`, logKey)
    expect(await serve()).toEqual({ status: 'ready' })
    expect(await runVerify(['--db', database.url, '--log-key', logKey])).toMatchObject({ status: 0 })

    // What the key signed: a rollback, and an erasure.
    expect(await serve({ acceptRollback: true })).toEqual({ status: 'ready' })
    await createRecorder({ config, store, clock: Date.now }).record(accessAbout('ana'))
    expect(await serve()).toEqual({ status: 'ready' })
    const erase = ['log', 'erase', '--patient', 'ana', '--db', database.url, '--log-key', logKey, '--yes']
    expect(await runAdmin(erase)).toMatchObject({ status: 0, error: '' })

    // The operator says that it is lost.
    await rm(logKey)
    expect(await serve({ isLost: true })).toEqual({ status: 'ready' })
    expect(await findLogKey(logKey)).toBeDefined()
    expect(await readFile(logKey, 'utf8')).not.toBe(others)
    expect(await serve()).toEqual({ status: 'ready' })
    // Everything is read again, also at a start that does not know up to where it was checked.
    await rm(checkedFile(logKey))
    expect(await serve()).toEqual({ status: 'ready' })
    const verify = () => runVerify(['--db', database.url, '--log-key', logKey])
    expect(await verify()).toMatchObject({
      status: 0,
      out: expect.stringMatching(/Another key signs the log since .*erased.*The access log is sound/s),
    })
    // What nobody signed since then is a fault, whatever the operator accepts later.
    await createRecorder({ config, store, clock: Date.now }).record({
      ...accessAbout(undefined),
      kind: 'rollback',
    })
    for (const acceptRollback of [false, true]) {
      await serve({ acceptRollback })
      expect(await verify()).toMatchObject({ status: 1, error: expect.stringMatching(/^forged: /m) })
    }
    await store.close()
    await database.close()
  },
)
