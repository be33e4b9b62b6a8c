import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { findSetting } from '../../../server/store/settings.ts'
import { findDatabaseTime } from '../../../server/store/statements/latest-time.ts'
import { startOrganization } from '../../fixtures/organization.ts'
import { runAdmin, runImport, runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { accessAbout, config } from '../audit/logged.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const realTime = Date.now

const CLIENT = ['client', 'add', '--name', 'App', '--public', '--redirect', 'https://a.example/cb']

/** Sets the clock of this machine, as a command reads it. */
const setClock = (by: number) => vi.spyOn(Date, 'now').mockImplementation(() => realTime() + by)

describe.each(engines)('the clock of the terminal, on %s', { timeout: 60_000 }, (engine) => {
  afterEach(() => vi.restoreAllMocks())

  test('T07 no command writes while the clock is ahead of the running server, and the log stays sound', async () => {
    const clinic = await startOrganization({
      ...{ demo: 'riverside', store: engine },
      ...{ clock: () => realTime(), elapsed: () => performance.now() },
    })
    const { url, keyFile, logKey } = clinic.database
    const keys = await readFile(keyFile, 'utf8')
    const record = createRecorder({ config: clinic.config, store: clinic.store, clock: realTime }).record
    await record(accessAbout('john-doe'))
    const file = join(dirname(keyFile), 'patient.json')
    await writeFile(file, JSON.stringify({ resourceType: 'Patient', id: 'nadia' }))
    setClock(365 * DAY)
    for (const args of [
      CLIENT,
      ['client', 'disable', 'carekey'],
      ['user', 'invite', '--name', 'lea', '--role', 'admin'],
      ['user', 'remove', '--name', 'john'],
      ['keys', 'rotate', '--keys', keyFile],
      ['keys', 'rotate', '--compromised', '--keys', keyFile],
      ['log', 'erase', '--patient', 'john-doe', '--yes', '--log-key', logKey],
    ]) {
      const { status, error } = await runAdmin([...args, '--db', url])
      expect([status, error], args.join(' ')).toEqual([1, expect.stringMatching(/clock .*365 days/)])
    }
    const imported = await runImport(['--db', url, file])
    expect([imported.status, imported.error]).toEqual([1, expect.stringMatching(/clock .*365 days/)])
    vi.restoreAllMocks()
    expect(await readFile(keyFile, 'utf8')).toBe(keys)
    expect((await runAdmin(['client', 'list', '--db', url])).out).not.toContain('a.example')
    expect((await fetch(`${clinic.url}/fhir/Patient/john-doe`)).status).toBe(401)
    expect(await runAdmin([...CLIENT, '--db', url])).toMatchObject({ status: 0 })
    await clinic.stop()
    expect((await runVerify(['--db', url, '--log-key', logKey])).status).toBe(0)
    await clinic.close()
  })

  test('the clock is believed after days without an entry and without a server', async () => {
    const database = await createDatabase(engine)
    const store = await database.open()
    await createRecorder({ config, store, clock: () => realTime() - 5 * DAY }).record(accessAbout('ana'))
    expect(await runAdmin([...CLIENT, '--db', database.url])).toMatchObject({ status: 0 })
    await store.close()
    await database.close()
  })

  test('a time that a server stored before this machine started says nothing about its clock', async () => {
    const clinic = await startOrganization({
      ...{ demo: 'riverside', store: engine },
      ...{ clock: () => realTime() - 5 * DAY, elapsed: () => performance.now() },
    })
    const { url } = clinic.database
    await clinic.stop()
    const settings = clinic.store.db.selectFrom('setting').where('name', '=', 'clock.measured')
    const { value } = await settings.select('value').executeTakeFirstOrThrow()
    const boot = '00000000-0000-4000-8000-000000000000'
    await clinic.store.write((trx) =>
      trx
        .updateTable('setting')
        .set({ value: JSON.stringify({ ...JSON.parse(value), boot }) })
        .where('name', '=', 'clock.measured')
        .execute(),
    )
    expect(await runAdmin([...CLIENT, '--db', url])).toMatchObject({ status: 0 })
    await clinic.close()
  })

  const apart = [
    [3 * MINUTE, '3 minutes ahead of'],
    [-3 * MINUTE, '3 minutes behind'],
  ] as const
  test.each(engine === 'postgres' ? apart : [])(
    'T07 a workstation that is off by %d ms changes no database on another machine, and dates nothing by its clock',
    async (by, words) => {
      const database = await createDatabase(engine)
      const store = await database.open()
      const time = async () => (await findDatabaseTime(store.db)) ?? 0
      setClock(by)
      const { status, error } = await runAdmin([...CLIENT, '--db', database.url])
      expect([status, error]).toEqual([1, expect.stringContaining(words)])
      setClock(by / 9)
      const before = await time()
      expect(await runAdmin([...CLIENT, '--db', database.url])).toMatchObject({ status: 0 })
      // A server that starts continues from there.
      const stored = Number(await findSetting(store.db, 'clock.seen'))
      expect([stored >= before, stored <= (await time())]).toEqual([true, true])
      await store.close()
      await database.close()
    },
  )
})
