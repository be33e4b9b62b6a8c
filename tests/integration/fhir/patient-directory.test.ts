import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { createPatientDirectory, MOST_WAITING } from '../../../server/fhir/patient-directory.ts'
import { tooManyPatients, upstreamWrong } from '../../../server/fhir-error.ts'
import type { Account } from '../../../server/grants/authorization.ts'
import type { Patients, ViewAccess } from '../../../server/grants/patients.ts'
import { AlreadyTaken } from '../../../server/grants/stored-id.ts'
import { recordCounts } from '../../../server/oauth/consent/record-counts.ts'
import { type Store, StoreUnavailable } from '../../../server/store/store.ts'
import { countTurns } from '../../fixtures/count-turns.ts'
import { holdResults } from '../../fixtures/hold-results.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const patientAccount = (id: string, patient: string): Account => ({
  ...{ id, name: id, role: 'patient', patient, generation: 1 },
})
const ANNA = patientAccount('anna', 'pa')
const BERT = patientAccount('bert', 'pb')

const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

const seeing = (seeResult: () => Promise<void>): KyselyPlugin => ({
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    await seeResult()
    return result
  },
})

/** Several offers, most of several types. */
const SCOPE = 'launch/patient patient/*.rs patient/Observation.rs?category=laboratory'

describe.each(engines)('the patients on the pages of an organization, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      for (const id of ['pa', 'pb']) await putResource(trx, { resourceType: 'Patient', id }, 0)
    })
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })

  /** @returns a function that views a page, whose statements the plugin sees. */
  const watchedBy = (plugin: KyselyPlugin) => {
    const db = store.db.withPlugin(plugin)
    const directory = createPatientDirectory({ askedBy: () => embeddedSource(db) }, 'http://localhost/fhir')
    return <T>(account: Account, work: (patients: Patients) => Promise<T>) =>
      directory.view({ account, record: async () => {} }, work)
  }

  it('J13 one page of a person is read at a time, whoever else reads theirs', async () => {
    const { plugin, held, open } = holdResults()
    const view = watchedBy(plugin)
    const reading = [ANNA, ANNA, ANNA, BERT].map((account) =>
      view(account, (patients) => patients.find(account.patient ?? '')),
    )
    await expect.poll(() => held.length).toBe(2)
    await settle()
    expect(held).toHaveLength(2)
    open()
    expect((await Promise.all(reading)).map((found) => found?.id)).toEqual(['pa', 'pa', 'pa', 'pb'])
  })

  it('J13 when too many pages of a person wait, their next one is refused, and nobody else’s', async () => {
    const view = watchedBy(seeing(async () => {}))
    const { promise: first, resolve: endFirst } = Promise.withResolvers<void>()
    const reading = [view(ANNA, () => first)]
    for (let at = 0; at < MOST_WAITING; at++) reading.push(view(ANNA, async () => {}))
    await expect(view(ANNA, async () => {})).rejects.toMatchObject({ status: 503, code: 'server_busy' })
    expect(await view(BERT, async () => 'shown')).toBe('shown')
    endFirst()
    await Promise.all(reading)
    expect(await view(ANNA, async () => 'shown')).toBe('shown')
  })

  it('J13 a page that fails makes room for the next', async () => {
    const view = watchedBy(seeing(async () => {}))
    await expect(view(ANNA, () => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed')
    expect(await view(ANNA, async () => 'shown')).toBe('shown')
  })

  describe('J16 a look that fails has its entries, and throws its error', () => {
    /** Views a page, and returns the accesses that it recorded. @param saved what is stored with its result. */
    const viewed = async (work: (patients: Patients) => Promise<unknown>, saved = async () => {}) => {
      const directory = createPatientDirectory(
        { askedBy: () => embeddedSource(store.db) },
        'http://localhost/fhir',
      )
      const accesses: ViewAccess[] = []
      const record = async (seen: readonly ViewAccess[], result?: unknown) => {
        if (result !== undefined) await saved()
        accesses.push(...seen)
      }
      const error = await directory.view({ account: ANNA, record }, work).catch((thrown) => thrown)
      return { error, accesses }
    }
    const read = { kind: 'read', entity: 'Patient/pa', patients: ['pa'] }

    it.each([
      [upstreamWrong(), { outcome: 'failed', reason: 'upstream_wrong' }],
      [tooManyPatients(1), { outcome: 'refused', reason: 'too_many_patients' }],
      [new Error('it failed'), { outcome: 'failed', reason: 'exception' }],
    ])('after it has read a patient: %s', async (error, end) => {
      const failing = async (patients: Patients) => {
        await patients.find('pa')
        throw error
      }
      expect(await viewed(failing)).toEqual({ error, accesses: [{ ...read, ...end }] })
    })

    it('after it found nothing', async () => {
      const error = upstreamWrong()
      const failing = async (patients: Patients) => {
        await patients.find('nobody')
        throw error
      }
      const end = { outcome: 'failed', reason: 'upstream_wrong' }
      expect(await viewed(failing)).toEqual({ error, accesses: [{ kind: 'read', ...end, patients: [] }] })
    })

    it('before it has read anything', async () => {
      const error = upstreamWrong()
      const end = { outcome: 'failed', reason: 'upstream_wrong' }
      const result = await viewed(() => Promise.reject(error))
      expect(result).toEqual({ error, accesses: [{ kind: 'read', ...end, patients: [] }] })
    })

    it('while what was chosen is stored, because another request was first', async () => {
      const error = new AlreadyTaken('Interaction')
      const result = await viewed(
        (patients) => patients.find('pa'),
        () => Promise.reject(error),
      )
      const end = { outcome: 'refused', reason: 'already_taken' }
      expect(result).toEqual({ error, accesses: [{ ...read, ...end }] })
    })

    it('unless they cannot be written: then that is the error', async () => {
      const directory = createPatientDirectory(
        { askedBy: () => embeddedSource(store.db) },
        'http://localhost/fhir',
      )
      const record = () => Promise.reject(new StoreUnavailable(new Error('full')))
      const view = directory.view({ account: ANNA, record }, () => Promise.reject(upstreamWrong()))
      await expect(view).rejects.toBeInstanceOf(StoreUnavailable)
    })
  })

  /** Counts the entries that each of a few offers reaches, while a plugin sees the results of the statements. */
  const countsSeenBy = async (seeResult: () => Promise<void>) => {
    const view = watchedBy(seeing(seeResult))
    const counts = await view(ANNA, (patients) => recordCounts(patients, SCOPE, ANNA, { patient: 'pa' }))
    expect(counts.size).toBeGreaterThan(3)
  }

  it('J13 entries are counted by one statement at a time', async () => {
    let running = 0
    let most = 0
    await countsSeenBy(async () => {
      most = Math.max(most, ++running)
      await settle()
      running -= 1
    })
    expect(most).toBe(1)
  })

  it('J13 others are answered between two statements that count', async () => {
    const eventLoop = countTurns()
    const turns: number[] = []
    await countsSeenBy(async () => void turns.push(eventLoop.turn()))
    eventLoop.stop()
    expect(turns.length).toBeGreaterThan(10)
    // Two statements look through some thousand entries of the log.
    expect(new Set(turns).size).toBeGreaterThanOrEqual(turns.length - 1)
  })

  it('J13 no statement that counts begins once its time is over', async () => {
    const late = new AbortController()
    let statements = 0
    const view = watchedBy(
      seeing(async () => {
        statements += 1
        if (statements === 2) late.abort()
      }),
    )
    const query = { types: ['Observation', 'Condition', 'Encounter'], filters: [] }
    const counts = await view(ANNA, async (patients) => {
      const count = patients.counter(late.signal)
      return [await count('pa', query), await count('pa', query)]
    })
    expect(counts).toEqual([undefined, undefined])
    expect(statements).toBe(2)
  })
})
