import { beforeEach, expect, it } from 'vitest'
import { alarmedPages, keepMissingReads, keepProofAlarm } from '../../../extension/access-log/log-alarms.ts'
import type { LogProof } from '../../../extension/messages/access-log.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

const alarm: LogProof = { outcome: 'alarm', reason: 'altered' }
const proven: LogProof = { outcome: 'proven', at: 0, proven: 1, pending: 0 }
const unchecked: LogProof = { outcome: 'unchecked', problem: { code: 'too-slow' } }

beforeEach(async () => {
  await fakeBrowser.storage.local.clear()
  await items.connections.set({
    c: {
      ...{ id: 'c', providerId: 'p', issuer: 'i', fhirBase: 'b', subject: 's' },
      person: { name: 'John Doe', role: 'patient' },
    },
  })
})

const isAlarmed = async () => alarmedPages((await items.logAlarms.get()).c ?? {}).length > 0

it('F73 an alarm of one page stays until the same page is proven, whatever other pages raise and prove', async () => {
  const pages = ['', 'page 2', 'page 3']
  for (const order of [pages, pages.toReversed()]) {
    for (const page of pages) await keepProofAlarm('c', page, alarm)
    for (const page of order) {
      await keepProofAlarm('c', page, unchecked)
      await keepProofAlarm('c', 'another page', proven)
      expect(await isAlarmed(), page).toBe(true)
      await keepProofAlarm('c', page, proven)
    }
    expect(await items.logAlarms.get()).toEqual({})
  }
})

it('F73 an alarm stays if more pages raised it than are stored, because some of them are unknown', async () => {
  const pages = Array.from({ length: 60 }, (_, at) => `${at}${'x'.repeat(100_000)}`)
  for (const page of [...pages, '']) await keepProofAlarm('c', page, alarm)
  for (const page of pages) await keepProofAlarm('c', page, proven)
  expect(await isAlarmed()).toBe(true)
  expect(JSON.stringify(await items.logAlarms.get()).length).toBeLessThan(3000)
})

it('F73 an alarm from an earlier version stays until the first page is proven', async () => {
  await items.logAlarms.set({ c: { page: 'https://clinic.example/fhir/AuditEvent?page=2' } })
  await keepMissingReads('c', { missing: [], found: [], journaled: [] })
  expect(await isAlarmed()).toBe(true)
  await keepProofAlarm('c', 'page 2', proven)
  expect(await isAlarmed()).toBe(true)
  await keepProofAlarm('c', '', proven)
  expect(await items.logAlarms.get()).toEqual({})
})
