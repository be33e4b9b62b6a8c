import { describe, expect, it, onTestFinished } from 'vitest'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import { erasePerson, findErasable, isUnwiped, wipeMarked } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { findPerson } from '../../../server/cli/admin/erase-command.ts'
import type { Store } from '../../../server/store/store.ts'
import { tracesIn } from '../../fixtures/canary-entries.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, config, createLog, type TestLog, unknown } from '../../integration/audit/logged.ts'

const PATIENT = 'erased-patient'
/** What is looked for in the files. */
const query = 'Observation?code=zzcanary'

class Killed extends Error {}

/** Wraps a store so that it fails after so many steps were done, as if the process were killed there. */
const killAfter = (store: Store, steps: number): Store => {
  let rest = steps
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = await work()
    if (--rest === 0) throw new Killed()
    return result
  }
  return {
    ...store,
    write: (work) => step(() => store.write(work)),
    wipe: (...tables) => step(() => store.wipe(...tables)),
  }
}

describe.each(engines)('J09 an erasure that was interrupted, on %s', { timeout: 120_000 }, (engine) => {
  const start = async () => {
    const test = await createLog(engine)
    onTestFinished(test.close)
    const account = { id: 'zed', username: 'zed', name: 'Zed', password_hash: 'x', practitioner: null }
    await test.store.write((trx) =>
      trx
        .insertInto('account')
        .values({ ...account, role: 'patient', patient: PATIENT })
        .execute(),
    )
    return test
  }
  const record = async (test: TestLog, accesses: LoggedAccess[]) => {
    const recorder = createRecorder({ config, store: test.log.store, clock: Date.now })
    await Promise.all(accesses.map((access) => recorder.record(access)))
    await test.log.sign()
  }
  const agent = { address: '192.0.2.7', accountId: 'zed', accountName: 'Zed', fhirUser: `Patient/${PATIENT}` }
  /** As many as one transaction erases: half are about the person, half about what they did. */
  const ownAccesses = () =>
    Array.from({ length: 50 }, () => [
      accessAbout(PATIENT, { query }),
      accessAbout(undefined, { agent, query }),
    ]).flat()
  const mention = () =>
    accessAbout(undefined, { query, details: { scope: `Observation.rs?patient=Patient/${PATIENT}` } })

  const erase = ({ database: { url, logKey } }: TestLog, patient = PATIENT) =>
    runAdmin(['log', 'erase', '--patient', patient, '--yes', '--db', url, '--log-key', logKey])
  const traces = ({ database, store }: TestLog) => tracesIn(engine, database.url, store.db)

  /** Erases as `log erase` does, until it is killed. @returns whether it was. */
  const eraseUntilKilled = async (test: TestLog, steps: number): Promise<boolean> => {
    const store = killAfter(test.store, steps)
    try {
      await erasePerson(store, await findPerson(store.db, PATIENT), test.signing())
      await wipeMarked(store)
      return false
    } catch (error) {
      expect(error).toBeInstanceOf(Killed)
      return true
    }
  }

  it.each([
    ['as many entries as it erases at once', []],
    ['one more, the notice of an earlier erasure', [accessAbout(PATIENT)]],
    ['a mention alone', undefined],
  ])('is finished by the next call, wherever it was killed, with %s', async (_name, before) => {
    let isKilled = true
    for (let steps = 1; isKilled; steps++) {
      const test = await start()
      if (before?.length) {
        await record(test, before)
        expect(await erase(test)).toMatchObject({ status: 0 })
      }
      await record(test, [...(before ? ownAccesses() : []), mention()])
      isKilled = await eraseUntilKilled(test, steps)
      const wasMarked = await isUnwiped(test.store.db)
      const rest = await findErasable(test.store.db, await findPerson(test.store.db, PATIENT))
      const { status, error } = await erase(test)
      expect([status, error]).toEqual(
        wasMarked
          ? [0, expect.stringMatching(/^An earlier erasure was not finished: /)]
          : rest
            ? [0, '']
            : [1, `The access log has no entry about a patient ${PATIENT}.\n`],
      )
      expect(await traces(test), `after step ${steps}`).toEqual([])
      const own = await test.store.db
        .selectFrom('audit_event')
        .select('subtype')
        .where((eb) => eb.or([eb('patient', '=', PATIENT), eb('agent', '=', `Patient/${PATIENT}`)]))
        .execute()
      expect(own, `after step ${steps}`).toEqual(before ? [{ subtype: 'erasure' }] : [])
      expect(await isUnwiped(test.store.db)).toBe(false)
      await test.log.sign()
      await verifyLog(test.store.db, await readLogKey(test.database.logKey))
    }
  })

  it('is finished by a call for somebody else, or for nobody whom the log knows', async () => {
    for (const patient of ['ben', 'nobody']) {
      const test = await start()
      await record(test, [...ownAccesses(), accessAbout('ben')])
      await erasePerson(test.store, await findPerson(test.store.db, PATIENT), test.signing())
      const { status, out, error } = await erase(test, patient)
      expect([status, JSON.parse(out)]).toEqual([0, { erased: patient === 'ben' ? 1 : 0 }])
      expect(error).toMatch(/^An earlier erasure was not finished: /)
      expect(await traces(test)).toEqual([])
      expect((await erase(test, 'nobody')).status).toBe(1)
    }
  })

  it('of another process, which erased while the files were rewritten, stays marked', async () => {
    const test = await start()
    await record(test, [accessAbout('ben', { query }), accessAbout(PATIENT, { query })])
    const erasePatient = (patient: string) => erasePerson(test.store, unknown(patient), test.signing())
    await erasePatient('ben')
    const store: Store = {
      ...test.store,
      wipe: async (...tables) => {
        await test.store.wipe(...tables)
        await erasePatient(PATIENT)
      },
    }
    await wipeMarked(store)
    expect(await isUnwiped(test.store.db)).toBe(true)
    await wipeMarked(test.store)
    expect(await isUnwiped(test.store.db)).toBe(false)
    expect(await traces(test)).toEqual([])
  })

  it('leaves a mark that says nothing about the person', async () => {
    const test = await start()
    await record(test, ownAccesses())
    await erasePerson(test.store, await findPerson(test.store.db, PATIENT), test.signing())
    const { value } = await test.store.db
      .selectFrom('setting')
      .select('value')
      .where('name', '=', 'log.unwiped')
      .executeTakeFirstOrThrow()
    expect(value).toMatch(/^[0-9a-f-]{36}$/)
  })
})
