import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appendSigned, writeInTurn } from '../../../server/audit/checkpoint/append-signed.ts'
import { openCheckpoint, parseVerifierKey } from '../../../server/audit/checkpoint/checkpoint.ts'
import { type LoggedAccess, TERMINAL } from '../../../server/audit/entry/access-event.ts'
import { erasedColumns } from '../../../server/audit/entry/columns.ts'
import { Finding } from '../../../server/audit/entry/finding.ts'
import { hashOfEntry, redact } from '../../../server/audit/entry/leaf.ts'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { commitmentOf, commitmentsIn } from '../../../server/audit/erase/log-erasure.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { runAdmin, runVerify } from '../../fixtures/run-command.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { isIncluded } from '../../fixtures/verify-proof.ts'
import { accessAbout, appendOne, createLog, type TestLog, unknown } from './logged.ts'

describe.each(engines)('F30 an erased entry of the access log, on %s', { timeout: 60_000 }, (engine) => {
  let test: TestLog
  beforeEach(async () => {
    test = await createLog(engine)
    for (let round = 0; round < 4; round++) await test.append('ana', 'ben', undefined)
    await test.log.sign()
  })
  afterEach(() => test.close())

  const verify = async () => {
    try {
      return await verifyLog(test.store.db, await readLogKey(test.database.logKey))
    } catch (error) {
      if (error instanceof Finding) return error.message
      throw error
    }
  }
  const entryAt = (index: number) =>
    test.store.db
      .selectFrom('audit_leaf')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .selectAll('audit_event')
      .where('index', '=', index)
      .executeTakeFirstOrThrow()
  /** Changes that an attacker with the database can make; the hashes stay correct. */
  const blank = async (index: number) => {
    const { seq, json, salt } = await entryAt(index)
    const event = redact(JSON.parse(json) as AuditEvent, salt ?? new Uint8Array())
    const set = erasedColumns(JSON.stringify(event))
    await test.store.write((trx) => trx.updateTable('audit_event').set(set).where('seq', '=', seq).execute())
  }
  const erase = (patient: string) => erasePerson(test.store, unknown(patient), test.signing())
  const saysBlanked = async (index: number) =>
    expect(await verify()).toMatch(
      new RegExp(`^blanked: entry ${index} \\(AuditEvent/${(await entryAt(index)).id}\\) lost `),
    )
  /** The erasure's place, after the twelve entries. */
  const ERASURE = 12

  it('raises an alarm if no erasure records it', async () => {
    await blank(4)
    await saysBlanked(4)
    const where = ['--db', test.database.url, '--log-key', test.database.logKey]
    const { status, last } = await runVerify(where)
    expect(status).toBe(1)
    expect(last).toContain(`blanked: entry 4 (AuditEvent/${(await entryAt(4)).id})`)
  })

  it('is valid if an erasure records it, and is counted', async () => {
    expect(await erase('ana')).toBe(4)
    await test.log.sign()
    expect(await verify()).toMatchObject({ entries: 13, erased: 4 })
    const where = ['--db', test.database.url, '--log-key', test.database.logKey]
    const { status, out } = await runVerify(where)
    expect([status, out.split('\n')[0]]).toEqual([0, '4 entries were erased, as the log records.'])
    await blank(1)
    await saysBlanked(1)
  })

  it('is committed to without naming a patient, and reveals its places only to holders of the nonce', async () => {
    await erase('ana')
    const { json, patient } = await entryAt(ERASURE)
    expect(patient).toBeNull()
    const event = JSON.parse(json) as AuditEvent
    const commitments = commitmentsIn(event) ?? expect.fail()
    expect(commitments.size).toBe(4)
    const nonces = await test.store.db.selectFrom('audit_erasure').select('nonce').execute()
    for (const { nonce } of nonces)
      expect([0, 3, 6, 9].filter((place) => commitments.has(commitmentOf(nonce, place)))).toHaveLength(1)
    for (let place = 0; place < 12; place++)
      expect(commitments.has(commitmentOf(new Uint8Array(16), place))).toBe(false)
    expect(json).not.toContain('ana')
  })

  it.each<[string, () => Promise<unknown>]>([
    ['its erasure is forgotten', () => test.store.write((trx) => trx.deleteFrom('audit_erasure').execute())],
    [
      'its nonce shows nothing',
      () =>
        test.store.write((trx) =>
          trx
            .updateTable('audit_erasure')
            .set({ nonce: new Uint8Array(16) })
            .execute(),
        ),
    ],
    ['its erasure was erased itself', () => blank(ERASURE)],
  ])('is an alarm where %s', async (_name, change) => {
    await erase('ana')
    await change()
    await saysBlanked(0)
  })

  const nonce = Buffer.alloc(16, 7)
  /** An entry of this kind that commits to a place. */
  const committing = (kind: 'erasure' | 'other', place: number): LoggedAccess => ({
    ...accessAbout(undefined),
    kind,
    details: { erased: commitmentOf(nonce, place) },
  })
  const appendErasure = (place: number) =>
    writeInTurn(test.store, (trx) => appendSigned(trx, committing('erasure', place), test.signing()))
  /** Says in the database that the entry at `place` was erased by the one at `by`. */
  const cover = async (place: number, by: number) => {
    const [{ seq }, { seq: erasure }] = [await entryAt(place), await entryAt(by)]
    await test.store.write(async (trx) => {
      await trx.deleteFrom('audit_erasure').where('seq', '=', seq).execute()
      await trx.insertInto('audit_erasure').values({ seq, erasure, nonce }).execute()
    })
  }

  it('raises an alarm if only an earlier entry, or one that is not an erasure, commits to it', async () => {
    await appendOne(test.log.store, undefined, committing('other', 5))
    await appendErasure(14)
    await appendOne(test.log.store, undefined)
    await test.log.sign()
    await blank(5)
    await cover(5, 12)
    await saysBlanked(5)
    await appendErasure(5)
    await cover(5, 15)
    await test.log.sign()
    await blank(14)
    await cover(14, 13)
    await saysBlanked(14)
  })

  it('J06 raises an alarm if the erasure that commits to it was not signed with the key of the log', async () => {
    await appendOne(test.log.store, undefined, committing('erasure', 5))
    await test.log.sign()
    expect(await verify()).toMatch(
      /^forged: entry 12 \(.+\) says that entries were erased, but the log's key did not/,
    )
    await blank(5)
    await cover(5, 12)
    await saysBlanked(5)
    await appendErasure(5)
    await cover(5, 13)
    expect(await verify()).toMatch(/^forged: entry 12 /)
  })

  it('J06 raises an alarm if a signature was made for another place or another entry', async () => {
    await erase('ana')
    const { json } = await entryAt(ERASURE)
    const { entity = [] } = JSON.parse(json) as AuditEvent
    const details = Object.fromEntries(
      (entity.at(-1)?.detail ?? []).map(({ type = '', valueString = '' }) => [type, valueString]),
    )
    expect(Object.keys(details)).toEqual(['erased', 'signature'])
    await appendOne(test.log.store, undefined, { ...committing('erasure', 0), agent: TERMINAL, details })
    await test.log.sign()
    expect(await verify()).toMatch(/^forged: entry 13 /)
  })

  it('J09 raises an alarm if it was about the log itself, which holds nothing of anybody', async () => {
    await appendOne(test.log.store, undefined, { kind: 'clock', details: { clock: 'clock_went_back' } })
    await test.log.sign()
    await appendErasure(12)
    await test.log.sign()
    expect(await verify()).toMatchObject({ entries: 14 })
    await cover(12, 13)
    await blank(12)
    await saysBlanked(12)
  })

  it('may be committed to by more than one erasure', async () => {
    for (let entry = 0; entry < 120; entry++) await test.append('ana')
    expect(await erase('ana')).toBe(124)
    await test.log.sign()
    expect(await verify()).toMatchObject({ entries: 134, erased: 124 })
  })
})

describe.each(engines)('F30 what a person sees of an erasure, on %s', { timeout: 60_000 }, (store) => {
  let clinic: TestOrganization
  let erasedId: string
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await signIn(clinic.url, {
      username: 'jane',
      scope: 'launch/patient patient/*.rs',
      application: carekey,
    })
    const requestId = randomUUID()
    await appendOne(clinic.store, 'john-doe', {
      requestId,
      agent: { address: '192.0.2.7', accountId: 'jane', accountName: 'Jane', fhirUser: 'Patient/jane-doe' },
    })
    const { id } = await clinic.store.db
      .selectFrom('audit_event')
      .select('id')
      .where('request_id', '=', requestId)
      .executeTakeFirstOrThrow()
    erasedId = id
    const { database } = clinic
    const where = ['--db', database.url, '--log-key', database.logKey]
    const { out } = await runAdmin(['log', 'erase', '--patient', 'jane-doe', '--yes', ...where])
    expect(JSON.parse(out)).toEqual({ erased: expect.any(Number) })
  })
  afterAll(() => clinic.close())

  const openLog = async (username: string) => {
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login'), { username, password: `${username}-demo` })
    return agent
  }

  it('the person whose entries were erased is told: their list starts again with it', async () => {
    const { html } = await (await openLog('jane')).open('/account/log')
    expect(html).toContain('erased the earlier entries of this list')
    expect(html).toContain('The administration')
    expect(html).not.toContain('decided what the application may read')
  })

  it('another person sees it in their list, with a proof in what they download', async () => {
    const agent = await openLog('john')
    const { html: page } = await agent.open('/account/log')
    const today = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' }).format(Date.now())
    expect(page).toContain(`Erased on ${today}`)
    expect(page).not.toContain('Jane')

    const file = JSON.parse((await agent.open('/account/log/download')).html)
    const { size, root } = openCheckpoint(file.checkpoint, parseVerifierKey(file.key) ?? expect.fail())
    requireErased({ ...file, size, root })
  })

  it("that person's browser can verify it as soon as it is visible", async () => {
    const { access_token } = await signIn(clinic.url, {
      username: 'john',
      scope: 'launch/patient patient/*.rs',
      application: carekey,
    })
    const note = await (await fetch(`${clinic.url}/audit/checkpoint`)).text()
    const { size, root } = openCheckpoint(note, await readLogKey(clinic.database.logKey))
    const answer = await fetch(`${clinic.url}/audit/proof/inclusion?size=${size}&entry=${erasedId}`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    const { entries, erasures } = (await answer.json()) as Pick<Taken, 'erasures'> & {
      entries: (Proven & { id: string })[]
    }
    expect(entries.map(({ id }) => id)).toEqual([erasedId])
    const { json } = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('id', '=', erasedId)
      .executeTakeFirstOrThrow()
    const [entry = expect.fail()] = entries
    requireErased({ entries: [{ ...entry, event: JSON.parse(json) }], erasures, size, root })
  })

  interface Proven {
    index: number
    salt?: string
    count?: number
    proof: string[]
    erased?: { by: string; nonce: string }
  }
  interface Taken {
    entries: (Proven & { event: AuditEvent })[]
    erasures: (Proven & { event: AuditEvent })[]
    size: number
    root: Uint8Array
  }
  /**
   * Checks that the entry without a salt and its erasure are both under the checkpoint, and that the erasure commits to the
   * entry.
   */
  const requireErased = ({ entries, erasures, size, root }: Taken) => {
    const entry = entries.find(({ event }) => event.id === erasedId) ?? expect.fail()
    const erasure = erasures.find(({ event }) => event.id === entry.erased?.by) ?? expect.fail()
    expect(entry.salt).toBeUndefined()
    expect(erasures.map(({ event }) => JSON.stringify(event)).join()).not.toMatch(/jane|john/i)
    for (const { event, index, salt, count = null, proof } of [entry, erasure]) {
      const bytes = salt === undefined ? null : Buffer.from(salt, 'base64url')
      const leaf = hashOfEntry({ json: JSON.stringify(event), salt: bytes, count })
      const hashes = proof.map((hash) => Buffer.from(hash, 'base64'))
      expect(isIncluded({ index, size, leaf, root, proof: hashes })).toBe(true)
    }
    const commitments = commitmentsIn(erasure.event) ?? expect.fail()
    const nonce = Buffer.from(entry.erased?.nonce ?? '', 'base64url')
    expect(commitments).toContain(commitmentOf(nonce, entry.index))
  }
})
