import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { paintBadge } from '../../../extension/background/badge.ts'
import { items } from '../../../extension/storage/items.ts'
import { shownOnToolbar } from '../../fakes/browser.ts'
import {
  entryOf,
  type LoggingOrganization,
  startLoggingOrganization,
} from '../../fixtures/logging-organization.ts'
import { createKey, type ReferenceLog } from '../../fixtures/reference-log.ts'
import { clearBrowser, configure, readLog, readOn, type Worker } from '../../fixtures/worker.ts'

let logging: LoggingOrganization
let worker: Worker
let connectionId: string
let providerId: string

beforeAll(async () => {
  logging = await startLoggingOrganization()
})
afterAll(() => logging.organization.close())
beforeEach(async () => {
  await clearBrowser()
  logging.begin()
  const signedIn = await logging.signIn(logging.withLog())
  ;({ worker, connectionId } = signedIn)
  providerId = signedIn.provider.id
  expect((await readLog(worker, { connectionId })).proof.outcome).toBe('complete')
})

const heads = () => worker.answers['log-heads'](undefined)
const compare = (line: string) => worker.answers['compare-log']({ line })
/** A checkpoint of a log as another browser would have stored it. */
const lineOf = (log: ReferenceLog, size = log.entries.length): string => {
  const [origin, count, root, , signature = ''] = log.key.note(size, log.tree().root(size)).split('\n')
  return `checkpoint ${origin} ${count} ${root} ${signature.split(' ')[2]}`
}
/** A log with the same key and a different history. */
const fork = (log: ReferenceLog): ReferenceLog => {
  const [first, ...rest] = log.entries
  if (!first) throw new Error('no entry')
  const entries = [{ ...first, event: { ...first.event, outcome: '8' } }, ...rest]
  const other = { ...log, entries }
  return { ...other, tree: () => treeOf(other, log) }
}
const treeOf = ({ entries }: ReferenceLog, log: ReferenceLog) => {
  const honestEntries = log.entries
  log.entries = entries
  const tree = log.tree()
  log.entries = honestEntries
  return tree
}
const state = async () => (await worker.state()).connections[0]

describe('F35 a checkpoint pasted from another browser', () => {
  it('agrees if it is of the same log, also when signed out', async () => {
    const { heads: kept } = await heads()
    expect(kept).toEqual([
      {
        providerId,
        organization: 'Riverside Clinic',
        size: 5,
        keptAt: expect.any(Number),
        line: lineOf(logging.log),
      },
    ])
    await worker.signOut(connectionId)
    expect(await compare(kept[0]?.line ?? '')).toEqual({
      outcome: 'agree',
      organization: 'Riverside Clinic',
      sizes: [5, 5],
    })
  })

  it('names the organization by its label, because another may have its name', async () => {
    await configure(worker, 'https://namesake.example')
    const organization = `Riverside Clinic (${new URL(logging.organization.url).host})`
    expect((await heads()).heads).toMatchObject([{ organization }])
    expect(await compare(lineOf(fork(logging.log)))).toMatchObject({ outcome: 'diverge', organization })
    expect((await heads()).forks).toMatchObject([{ organization }])
  })

  it('agrees if the log proves that one continues the other; the log must continue a newer one from then on', async () => {
    expect(await compare(lineOf(logging.log, 3))).toMatchObject({ outcome: 'agree', sizes: [5, 3] })
    expect((await heads()).heads[0]?.size).toBe(5)
    logging.log.entries.push(entryOf(6), entryOf(7))
    expect(await compare(lineOf(logging.log))).toMatchObject({ outcome: 'agree', sizes: [5, 7] })
    expect((await heads()).heads[0]?.size).toBe(7)
    logging.log.entries.splice(-1)
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ reason: 'shrank' })
  })

  it('diverges if one key signed two histories of one size, and both are kept and shown', async () => {
    const other = lineOf(fork(logging.log))
    const ours = (await heads()).heads[0]?.line
    expect(await compare(other)).toMatchObject({ outcome: 'diverge', sizes: [5, 5] })
    expect((await heads()).forks).toEqual([
      {
        providerId,
        organization: 'Riverside Clinic',
        foundAt: expect.any(Number),
        kept: ours,
        other,
      },
    ])
    // Each look alone is proven, but the alarm stays until the person dismisses the fork.
    expect((await readLog(worker, { connectionId })).proof.outcome).toBe('complete')
    expect(await state()).toMatchObject({ logForked: true })
    await paintBadge(async () => 'Riverside Clinic', false)
    expect(shownOnToolbar).toMatchObject({
      text: '!',
      title: expect.stringContaining('two different access logs'),
    })
    await worker.answers['forget-fork']({ providerId })
    expect(await state()).not.toHaveProperty('logForked')
    expect((await heads()).forks).toEqual([])
  })

  it('diverges if the sizes differ and the log cannot prove that they are one log', async () => {
    const other = fork(logging.log)
    expect(await compare(lineOf(other, 4))).toMatchObject({ outcome: 'diverge', sizes: [5, 4] })
    const [storedFork] = (await heads()).forks
    expect(storedFork?.other).toBe(lineOf(other, 4))
    await worker.removeConnection(connectionId)
    expect(await items.logForks.get()).toEqual({})
  })

  it('cannot be compared yet while the proof cannot be fetched', async () => {
    const { fhir } = logging.organization.script
    logging.organization.script.fhir = (_request, response) => response.writeHead(500).end()
    expect(await compare(lineOf(logging.log, 3))).toEqual({
      outcome: 'unproven',
      organization: 'Riverside Clinic',
      problem: { code: 'server-failed' },
    })
    if (fhir) logging.organization.script.fhir = fhir
    logging.log.bend = (path) => (path.endsWith('consistency') ? '<html>' : undefined)
    expect(await compare(lineOf(logging.log, 3))).toMatchObject({ outcome: 'unproven' })
    logging.log.bend = () => undefined
    logging.organization.script.fhir = (_request, response) => response.writeHead(400).end()
    expect(await compare(lineOf(logging.log, 3))).toEqual({
      outcome: 'unproven',
      organization: 'Riverside Clinic',
    })
    await worker.signOut(connectionId)
    expect(await compare(lineOf(logging.log, 3))).toMatchObject({ problem: { code: 'signed-out' } })
    expect((await heads()).forks).toEqual([])
  })

  it('is refused if it is forged, signed with another key, of an unknown log, or unreadable', async () => {
    expect(await compare(lineOf(logging.log).replace(' 5 ', ' 4 '))).toMatchObject({ outcome: 'not-genuine' })
    const own = new URL(logging.organization.url).host
    const stranger = { ...logging.log, key: createKey(`${own}/audit`) }
    expect(await compare(lineOf(stranger))).toEqual({
      outcome: 'other-key',
      organization: 'Riverside Clinic',
    })
    const unknown = { ...logging.log, key: createKey('other.example/audit') }
    expect(await compare(lineOf(unknown))).toEqual({ outcome: 'unknown-log', origin: 'other.example/audit' })
    expect(await compare('hello')).toEqual({ outcome: 'unreadable' })
    expect((await heads()).forks).toEqual([])
    expect((await heads()).heads[0]?.size).toBe(5)
  })
})

describe('F35 a fork seen by one browser', () => {
  /** The verdict on the whole list: after an alarm it has to be proven down to its first entry. */
  const outcome = async () => (await readOn(worker, connectionId)).at(-1)?.proof.outcome

  it('keeps both notes, and stays an alarm after the log is restored', async () => {
    const ours = lineOf(logging.log)
    const whole = logging.log.entries
    const other = fork(logging.log)
    logging.log.entries = other.entries
    const theirs = lineOf(logging.log)
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ reason: 'forked' })
    logging.log.entries = whole
    expect(await outcome()).toBe('complete')
    expect((await heads()).forks).toMatchObject([{ kept: ours, other: theirs }])
    expect(await state()).toMatchObject({ logForked: true })
  })

  it('keeps the notes of a log that was rewritten and grew', async () => {
    const other = fork(logging.log)
    logging.log.entries = [...other.entries, entryOf(6)]
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ reason: 'rewritten' })
    expect((await heads()).forks[0]?.other).toBe(lineOf(logging.log))
  })

  it('is found when the other checkpoint has fewer entries, once the log continues; an older checkpoint of the same log is forgotten', async () => {
    const whole = logging.log.entries
    logging.log.entries = whole.slice(0, 4)
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ reason: 'shrank' })
    expect((await heads()).forks).toHaveLength(1)
    const grown = [...whole, entryOf(6)]
    logging.log.entries = grown
    expect(await outcome()).toBe('complete')
    expect((await heads()).forks).toEqual([])

    logging.log.entries = fork(logging.log).entries.slice(0, 4)
    expect((await readLog(worker, { connectionId })).proof).toMatchObject({ reason: 'shrank' })
    logging.log.entries = [...grown, entryOf(7)]
    expect(await outcome()).toBe('complete')
    expect((await items.logForks.get())[providerId]).toMatchObject({ smaller: false })
  })
})
