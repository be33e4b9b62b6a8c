import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erasePerson, findErasable } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import {
  ERASED,
  findTraces,
  MEMBERS,
  mentioningEntry,
  mentionsIn,
  ownEntries,
  tracesIn,
} from '../../fixtures/canary-entries.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { config, createLog, type TestLog } from './logged.ts'

describe.each(engines)('J09 after a person was erased from the log, on %s', { timeout: 60_000 }, (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
  })
  afterEach(() => test.close())

  const record = (accesses: Parameters<ReturnType<typeof createRecorder>['record']>[0]) =>
    createRecorder({ config, store: test.log.store, clock: Date.now }).record(accesses)
  const traces = () => tracesIn(engine, test.database.url, test.store.db)
  const erase = async () => {
    await test.log.sign()
    expect(await traces()).not.toEqual([])
    const erasable = await findErasable(test.store.db, ERASED)
    const erased = await erasePerson(test.store, ERASED, test.signing())
    expect((erasable?.entries ?? 0) + (erasable?.mentions ?? 0)).toBe(erased)
    await test.store.wipe('audit_event', 'audit_patient')
    await test.log.sign()
    expect(await traces()).toEqual([])
    expect(await verifyLog(test.store.db, await readLogKey(test.database.logKey))).toMatchObject({ erased })
    expect(await findErasable(test.store.db, ERASED)).toBeUndefined()
    return erased
  }

  it('nothing of theirs is left in any member of an entry about them, or about what they did', async () => {
    const entries = ownEntries()
    await record(entries)
    expect(await erase()).toBe(entries.length)
  })

  it('nothing of theirs is left in any member of an entry about somebody else, or about nobody', async () => {
    const mentions = MEMBERS.flatMap((member) =>
      mentionsIn(member).map((mention) => [member, mention] as const),
    )
    const entries = mentions.flatMap(([member, mention]) => [
      mentioningEntry(member, mention),
      // The search in an entry about jane holds nothing of others (decision 44).
      ...(member === 'query' ? [] : [mentioningEntry(member, mention, 'jane')]),
    ])
    const others = [mentioningEntry('none', ''), mentioningEntry('none', '', 'jane')]
    await record([...entries, ...others])
    expect(await erase()).toBe(entries.length)
    const kept = test.store.db.selectFrom('audit_event').select('patient').where('salt', 'is not', null)
    expect((await kept.where('subtype', '=', 'consent').execute()).map(({ patient }) => patient)).toEqual([
      null,
      'jane',
    ])
  })

  it('entries of others stay who have a similar id, number or name', async () => {
    const similar = [
      ...[
        'zzcanary-id-2',
        'Patient/zzcanary-id-2',
        'Patient/a.zzcanary-id',
        'ZZCANARY1121301',
        '11899-12-31',
      ],
      ...['Zzcanarygiven', 'Zzcanaryfamily', 'Zzcanarygiven Zzcanaryfamily2'],
    ]
    await record(
      similar.flatMap((mention) => [
        mentioningEntry('details.scope', mention),
        mentioningEntry('entity', mention, 'jane'),
      ]),
    )
    // The same name and number as those of somebody else.
    await record([
      mentioningEntry('agent.accountName', 'Zzcanarygiven Zzcanaryfamily', 'jane'),
      mentioningEntry('account.name', 'Zzcanarygiven Zzcanaryfamily'),
      mentioningEntry('query', '1899-12-31', 'jane'),
    ])
    expect(await findErasable(test.store.db, ERASED)).toBeUndefined()
    expect(await erasePerson(test.store, ERASED, test.signing())).toBe(0)
  })

  it('short ids and numbers are found where they are the whole text, or in a reference', async () => {
    const person = { patient: '7', accounts: ['8'], values: ['42'], names: ['Jo'] }
    await record([
      mentioningEntry('none', ''),
      mentioningEntry('query', '42'),
      mentioningEntry('entity', 'Patient/7', 'jane'),
      { ...mentioningEntry('none', ''), details: { account: '8' } },
    ])
    expect(await findErasable(test.store.db, person)).toMatchObject({ entries: 0, mentions: 2 })
  })

  it('a name is found in every parameter that may hold one, and an id in every detail that holds one', async () => {
    const person = { patient: 'p123', accounts: ['acc-1'], values: [], names: ['Zoë Quinn'] }
    const found = [
      ...['Patient?name=Zo%C3%AB+Quinn', 'Patient?name:contains=quinn,zoe', 'Patient?family=quinn&given=zoe'],
      ...['Patient?identifier=zoe-quinn', 'Patient/_search?telecom=zoe.quinn@example.org'],
      ...['Patient?address=c/o%20Zo%C3%AB%20Quinn', 'AuditEvent?patient.name=quinn%20zoe'],
      ...['AuditEvent?agent-name=zoe%20quinn', 'Patient?_id=x Patient?name=zoe&family=quinn'],
    ]
    await record([
      ...found.map((query) => ({ ...mentioningEntry('none', ''), query })),
      ...['Patient?name=zoe', 'Observation?code=zoe-quinn', 'zoe/quinn?_id=zoe,quinn'].map((query) => ({
        ...mentioningEntry('none', ''),
        query,
      })),
      { ...mentioningEntry('none', ''), details: { account: 'acc-1' } },
      { ...mentioningEntry('none', ''), details: { application: 'p123' } },
    ])
    expect(await findErasable(test.store.db, person)).toMatchObject({ mentions: found.length + 1 })
  })

  it('a birth date is found with a prefix and with a time, and an id of four characters as it is', async () => {
    const person = { patient: 'p123', accounts: [], values: ['1931-07-09'], names: [] }
    const found = ['date=eq1931-07-09', 'date=ge1931-07-09T10:00:00Z', 'birthdate=1931-07-09', 'patient=p123']
    await record([
      ...found.map((query) => mentioningEntry('query', query)),
      mentioningEntry('details.scope', 'user/Observation.rs?date=lt1931-07-09'),
      mentioningEntry('query', 'identifier=11931-07-09'),
      mentioningEntry('query', 'patient=p1234'),
    ])
    expect(await findErasable(test.store.db, person)).toMatchObject({ mentions: found.length + 1 })
  })

  it.each(['Zed01', 'zed99', 'PAT0012345', '0xA1'])(
    'the id %s is found in the name of a request, whatever stands beside it',
    async (patient) => {
      const person = { patient, accounts: [], values: [], names: [] }
      const named = (requestId: string) => ({ ...mentioningEntry('none', '', 'jane'), requestId })
      const found = [patient, `chart-${patient}-open`, `${patient}-1`, `open-${patient.toLowerCase()}`]
      await record([...found, `chart-x${patient}`, `${patient}7-open`].map(named))
      expect(await findErasable(test.store.db, person)).toMatchObject({ entries: 0, mentions: found.length })
    },
  )

  it('a short id is not found in a UUID or a date', async () => {
    const requestId = '6f9619ff-8b86-11b3-b42d-00cf4fc964ff'
    await record([
      { ...mentioningEntry('none', '', 'jane'), requestId },
      { ...mentioningEntry('none', '', 'jane'), requestId: 'night-2026-03-01' },
    ])
    for (const patient of ['11b3', '2026'])
      expect(
        await findErasable(test.store.db, { patient, accounts: [], values: [], names: [] }),
      ).toBeUndefined()
  })

  it.each(['1001', '112130'])(
    '%s is another person or thing in each other type of reference and id',
    async (patient) => {
      const [plain, agent] = [mentioningEntry('none', '', 'jane'), mentioningEntry('none', '').agent]
      await record([
        { ...plain, agent: { ...agent, fhirUser: `Practitioner/${patient}` } },
        { ...plain, agent: { ...agent, accountId: patient } },
        { ...plain, agent: { ...agent, accountName: `Ann ${patient}` } },
        { ...plain, agent: { ...agent, clientId: patient } },
        { ...plain, agent: { ...agent, clientName: `Heart Study ${patient}` } },
        { ...plain, entity: `Observation/${patient}` },
        { ...plain, account: { id: 'acc', name: patient } },
        { ...plain, application: { clientId: patient, name: patient } },
        { ...plain, details: { scope: `user/Observation.rs?performer=Practitioner/${patient}` } },
        mentioningEntry('query', `performer=Practitioner/${patient}`),
      ])
      const person = { patient, accounts: [], values: [], names: [] }
      expect(await findErasable(test.store.db, person)).toBeUndefined()
      await record({ ...plain, entity: `Patient/${patient}` })
      expect(await findErasable(test.store.db, person)).toMatchObject({ mentions: 1 })
    },
  )

  it('a short number is not found in a longer code, or in the name of a request', async () => {
    const person = { patient: 'zed', accounts: [], values: ['8480', '11b3'], names: [] }
    const uuid = '6f9619ff-8b86-11b3-b42d-00cf4fc964ff'
    await record([
      mentioningEntry('details.scope', 'patient/Observation.rs?code=8480-6'),
      mentioningEntry('query', 'code=http://loinc.org|8480-6'),
      { ...mentioningEntry('none', '', 'jane'), requestId: uuid },
    ])
    expect(await findErasable(test.store.db, person)).toBeUndefined()
    await record([
      mentioningEntry('details.scope', 'patient/Observation.rs?identifier=8480'),
      mentioningEntry('query', 'identifier=http://hospital.example|8480'),
    ])
    expect(await findErasable(test.store.db, person)).toMatchObject({ entries: 0, mentions: 2 })
  })
})

it('traces are found in every alignment of base64', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcd'])
    expect(findTraces(Buffer.from(Buffer.from(`${before}zzcanary and more`).toString('base64')))).not.toEqual(
      [],
    )
})
