import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoggedAccess, TERMINAL } from '../../../server/audit/entry/access-event.ts'
import { erasePerson, findErasable } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { openClock } from '../../../server/clock/server-clock.ts'
import type { AccessKind } from '../../../values/access-kinds.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, config, createLog, openLog, type TestLog, unknown } from './logged.ts'

/** The server's own address stands in every entry: `http://localhost:3100/fhir`. */
const ADDRESSES = {
  'whose name is made of words of the server’s address': { values: [], names: ['Http Fhir'] },
  'whose record number is its port': { values: ['3100'], names: [] },
}

describe.each(engines)('F30 the erasure of a person, on %s,', (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
  })
  afterEach(() => test.close())

  it.each(Object.entries(ADDRESSES))(
    '%s takes nothing from the entries about others',
    async (_who, known) => {
      await test.append('ana', 'ben', undefined)
      await test.log.sign()
      const person = { patient: 'zed', accounts: [], ...known }
      expect(await findErasable(test.store.db, person)).toBeUndefined()
      await test.append('zed')
      await test.log.sign()
      expect(await erasePerson(test.store, person, test.signing())).toBe(1)
      await test.log.sign()
      const { count } = await test.store.db
        .selectFrom('audit_event')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('salt', 'is', null)
        .executeTakeFirstOrThrow()
      expect(Number(count)).toBe(1)
      expect(await verifyLog(test.store.db, await readLogKey(test.database.logKey))).toMatchObject({
        waiting: 0,
      })
    },
  )

  it('whose record number stands in an earlier erasure takes nothing from that', async () => {
    await test.append('ana', 'ben')
    await test.log.sign()
    await erasePerson(test.store, { patient: 'ana', accounts: [], values: [], names: [] }, test.signing())
    await test.log.sign()
    const { json } = await test.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'erasure')
      .where('patient', 'is', null)
      .executeTakeFirstOrThrow()
    const values = json.match(/[\p{L}\p{N}]{4,}/gu) ?? []
    expect(values.length).toBeGreaterThan(3)
    await erasePerson(test.store, { patient: 'ben', accounts: [], values, names: [] }, test.signing())
    await test.log.sign()
    expect(await verifyLog(test.store.db, await readLogKey(test.database.logKey))).toMatchObject({
      waiting: 0,
    })
  })

  /** Every word of the newest entry about the log itself, as ids and numbers of a person. */
  const personOf = async (kind: 'clock' | 'rollback', patient: string) => {
    const { json } = await test.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', kind)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    const words = json.match(/[\p{L}\p{N}-]+/gu) ?? []
    expect(words).toContain(patient)
    return { patient, accounts: words, values: words, names: [] }
  }

  it('J09 whose id is the seconds by which the clock was set back leaves the entry that accepts that', async () => {
    const day = 86_400_000
    const ahead = Date.now() + day
    await createRecorder({ config, store: test.log.store, clock: () => ahead }).record(accessAbout('ana'))
    const none = () => undefined
    const { key } = test.signing()
    const opened = await openClock({
      ...{ config, store: test.store, key, clock: () => ahead - day, acceptSystemTime: true },
      ...{ onSetBack: none, onFault: none },
    })
    await opened.close()
    await test.append('ben', '86400')
    await test.log.sign()
    const person = await personOf('clock', '86400')
    const erasable = await findErasable(test.store.db, person)
    const erased = await erasePerson(test.store, person, test.signing())
    expect(erased).toBe((erasable?.entries ?? 0) + (erasable?.mentions ?? 0))
    await test.log.sign()
    expect(await verifyLog(test.store.db, await readLogKey(test.database.logKey))).toMatchObject({ erased })
  })

  it('J09 whose id is a word of the organization’s name leaves the entry that accepts a rollback', async () => {
    await test.append('ana', 'ben', 'Clinic', 'cem')
    await test.log.close()
    await test.store.write(async (trx) => {
      await trx.deleteFrom('audit_event').where('patient', '=', 'cem').execute()
      await trx.deleteFrom('audit_patient').where('patient', '=', 'cem').execute()
      await trx.deleteFrom('audit_leaf').where('index', '=', 3).execute()
    })
    const accepting = await openLog(test.store, test.database.logKey, true)
    const person = await personOf('rollback', 'Clinic')
    await erasePerson(test.store, person, test.signing())
    await accepting.close()
    expect(await verifyLog(test.store.db, await readLogKey(test.database.logKey))).toMatchObject({
      waiting: 0,
    })
  })

  it('J09 whose id is a word of the organization’s name, or of the server’s own, takes nothing from others', async () => {
    const own = { kind: 'sign-in', query: undefined as never } as const
    const agent = { address: '192.0.2.7', onOwnPages: true } as const
    const record = createRecorder({ config, store: test.log.store, clock: Date.now }).record
    await record([
      accessAbout('ana', { ...own, agent }),
      accessAbout('ana', { ...own, agent: { address: 'server' } }),
      accessAbout('ana', { ...own, agent: TERMINAL }),
    ])
    for (const patient of ['Riverside', 'Clinic', 'Administration', 'terminal', 'server', 'unknown'])
      expect([patient, await findErasable(test.store.db, unknown(patient))]).toEqual([patient, undefined])
  })

  it.each([
    ['Openid', 'FhirUser'],
    ['Wrong', 'Password'],
    ['Practitioner', 'Lee'],
    ['Vital', 'Signs'],
    ['Heart', 'App'],
  ])(
    'J09 who calls themselves %s %s takes nothing from others, whose entries hold these codes',
    async (given, family) => {
      const agent = { ...accessAbout('ben').agent, clientId: 'heart-app', clientName: 'Coach' }
      const scope = 'openid fhirUser launch/patient patient/Observation.rs?category=vital-signs'
      const search =
        'Observation?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs'
      const password = { kind: 'sign-in', outcome: 'refused', reason: 'wrong_password' } as const
      const others = ['ben', undefined].flatMap((patient) => [
        accessAbout(patient, { agent, query: search }),
        accessAbout(patient, { agent, kind: 'consent', details: { scope, window: 'open' } }),
        accessAbout(patient, { ...password, agent }),
      ])
      await createRecorder({ config, store: test.log.store, clock: Date.now }).record(others)
      const values = ['2001', 'open', '8480']
      const person = { patient: 'zed', accounts: [], values, names: [`${given} ${family}`] }
      expect(await findErasable(test.store.db, person)).toBeUndefined()
    },
  )

  it.each([
    ['openid', 'offline_access'],
    ['password', 'wrong_password'],
    ['zed', 'password'],
    ['1234', 'terminal'],
    ['token', 'urn'],
  ])(
    'J09 whose id is %s or %s takes nothing from others, whose entries hold these codes',
    async (patient, account) => {
      const access = (kind: AccessKind, more: Partial<LoggedAccess>) =>
        accessAbout('ben', { kind, query: undefined as never, ...more })
      await createRecorder({ config, store: test.log.store, clock: Date.now }).record([
        access('consent', { details: { scope: 'openid offline_access launch/patient', window: '1234' } }),
        access('account', { details: { change: 'password' }, agent: TERMINAL }),
        access('sign-in', {
          outcome: 'refused',
          reason: 'wrong_password',
          agent: { address: '2001:db8:1234::1' },
        }),
      ])
      const person = { patient, accounts: [account], values: ['1234'], names: [] }
      expect(await findErasable(test.store.db, person)).toBeUndefined()
    },
  )
})
