import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { countDigests } from '../../fixtures/count-digests.ts'
import '../../fixtures/hastened-pins.ts'
import {
  entryOf,
  type LoggingOrganization,
  startLoggingOrganization,
} from '../../fixtures/logging-organization.ts'
import type { Event, ReferenceLog } from '../../fixtures/reference-log.ts'
import { clearBrowser, configure, lookNow } from '../../fixtures/worker.ts'

let heavy: LoggingOrganization
let honest: LoggingOrganization

beforeAll(async () => {
  heavy = await startLoggingOrganization()
  honest = await startLoggingOrganization()
})
afterAll(async () => {
  await heavy.organization.close()
  await honest.organization.close()
})
beforeEach(async () => {
  await clearBrowser()
  for (const logging of [heavy, honest]) {
    logging.begin()
    logging.pageSize = 50
  }
})
afterEach(() => vi.restoreAllMocks())

/** Appends an entry with so many empty texts. */
const append = ({ entries }: ReferenceLog, texts: number): void => {
  const { event, ...rest } = entryOf(entries.length + 1)
  entries.push({ ...rest, event: { ...event, z: Array(texts).fill('') } })
}

it('F72 closing the lock ends the proof of a log, and leaves no token in clear', async () => {
  const texts = 500
  for (let many = 40; many > 0; many--) append(heavy.log, texts)
  const { worker, connectionId } = await heavy.signIn(heavy.withLog())
  await worker.answers['set-lock']({ lock: { pin: '493817' }, after: 15 })
  const digests = countDigests()
  const page = await worker.answers['access-log']({ connectionId })
  await digests.reach(texts)
  await worker.lock.close()
  expect(Object.keys(await fakeBrowser.storage.session.get()).sort()).toEqual(['asleep', 'flow'])
  await worker.answers.unlock({ pin: '493817' })
  expect(await worker.answers['access-log-verdict'](page)).toMatchObject({
    proof: { outcome: 'unchecked', problem: { code: 'locked' } },
  })
  expect(digests.count()).toBeLessThan(10 * texts)
})

it('F75 an entry of 90,000 texts is an alarm, and costs the look at another log nothing', async () => {
  const { worker, connectionId: honestId } = await honest.signIn(honest.withLog())
  const provider = await configure(worker, heavy.organization.url)
  const { connectionId: heavyId } = await heavy.signIn(heavy.withLog(), worker, provider)
  await lookNow(worker)
  append(heavy.log, 90_000)
  const sound = honest.log.tree()
  const altered = honest.log.entries[2]?.event as Event
  altered.agent = [{ who: { display: 'Nobody' }, requestor: true }]
  honest.log.tree = () => sound
  const digests = countDigests()
  await lookNow(worker)
  for (const id of [heavyId, honestId]) expect((await items.knownLogs.find(id))?.alarms, id).toHaveLength(1)
  expect(digests.count()).toBeLessThan(500)
})
