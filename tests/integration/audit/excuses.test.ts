import type { AuditEvent } from '@medplum/fhirtypes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { openClock } from '../../../server/clock/server-clock.ts'
import { runVerify } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, config, createLog, openLog, type TestLog } from './logged.ts'

const DAY = 86_400_000

/** Whoever owns the database adds entries that excuse what they change. They do not have the key of the log. */
describe.each(engines)('J06 an entry that excuses a fault of the log, on %s', (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
    await test.append('ana', undefined, 'ben')
    await test.log.sign()
  })
  afterEach(() => test.close())

  /** Adds an entry of the past in the server's own form; the server gives it a place and signs the log. */
  const insert = (days: number, access: LoggedAccess): Promise<void> =>
    createRecorder({ config, store: test.log.store, clock: () => Date.now() - days * DAY }).record(access)

  const newest = () =>
    test.store.db
      .selectFrom('audit_event')
      .select(['id', 'json'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()

  const verify = async () => {
    await test.log.sign()
    const { url, logKey } = test.database
    const { status, last } = await runVerify(['--db', url, '--log-key', logKey])
    return { status, last }
  }

  const accepted = (more: Record<string, string> = {}): LoggedAccess => ({
    ...accessAbout(undefined),
    kind: 'clock',
    agent: { address: 'server' },
    details: { clock: 'clock_accepted', seconds: '1814400', ...more },
  })

  it('is named if it accepts the clock of three weeks ago, and the key of the log did not sign it', async () => {
    expect(await verify()).toMatchObject({ status: 0 })
    await insert(21, accepted())
    const { id } = await newest()
    await insert(21, accessAbout('ana'))
    expect(await verify()).toEqual({
      status: 1,
      last: `forged: entry 3 (AuditEvent/${id}) says that the operator accepted another time, but the log's key did not sign it.`,
    })
  })

  it('is named if it repeats the signature under which the operator accepted that clock', async () => {
    const clock = () => Date.now() - 21 * DAY
    const { key } = test.signing()
    const none = () => undefined
    const opened = await openClock({
      ...{ config, store: test.store, key, clock, databaseTime: async () => clock(), acceptSystemTime: true },
      ...{ onSetBack: none, onFault: none },
    })
    await opened.close()
    const { json } = await newest()
    await insert(21, accessAbout('ana'))
    expect(await verify()).toMatchObject({ status: 0 })
    const { entity = [] } = JSON.parse(json) as AuditEvent
    const { valueString: signature = '' } = entity.at(-1)?.detail?.at(-1) ?? {}
    expect(Buffer.from(signature, 'base64')).toHaveLength(64)
    await insert(21, accepted({ signature }))
    expect(await verify()).toMatchObject({ status: 1, last: expect.stringMatching(/^forged: entry 5 /) })
  })

  it.each<[string, Partial<LoggedAccess>]>([
    ['the operator set the log back', { kind: 'rollback', details: { how: 'shrank' } }],
    ['entries were erased', { kind: 'erasure', details: { erased: 'x' } }],
    ['entries were erased', { kind: 'erasure', patients: ['ana'] }],
  ])('is named if it says that %s', async (excuse, access) => {
    await insert(0, { ...accessAbout(undefined), ...access })
    const { id } = await newest()
    expect(await verify()).toEqual({
      status: 1,
      last: `forged: entry 3 (AuditEvent/${id}) says that ${excuse}, but the log's key did not sign it.`,
    })
  })

  it('is signed if the operator accepts that the log was set back', async () => {
    await test.log.close()
    await test.store.write(async (trx) => {
      await trx.deleteFrom('audit_event').where('patient', '=', 'ben').execute()
      await trx.deleteFrom('audit_patient').where('patient', '=', 'ben').execute()
      await trx.deleteFrom('audit_leaf').where('index', '=', 2).execute()
    })
    const accepting = await openLog(test.store, test.database.logKey, true)
    const { url, logKey } = test.database
    const { out } = await runVerify(['--db', url, '--log-key', logKey])
    expect(out).toMatch(/^The log was set back on purpose on/)
    await accepting.close()
  })
})
