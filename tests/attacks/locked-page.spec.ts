import type { Page } from '@playwright/test'
import { chooseFromMenu } from '../e2e/popup-frame.ts'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import { alter, expect, startSignIn, test } from './extension.ts'

const PIN = '493817'
/** What only the record holds, in a spelling that no code and no test elsewhere has. */
const NAME = 'Quirina Vexfeld'
const VALUE = '83.625'
const WORDS = 'Zygomatic fracture'

/** All strings in the page's memory, after what is unreachable was collected. */
const heapOf = async (page: Page): Promise<string> => {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return (JSON.parse(chunks.join('')).strings as string[]).join('\n')
}

test('J61 a page left open holds nothing of a record once the lock has closed', async ({
  popup,
  mock,
  carekey,
}) => {
  const name = [{ text: NAME }]
  alter(mock, ADDRESSES.patient, () => ({ name }))
  alter(mock, ADDRESSES.observations, ({ entry }) => ({
    entry: (entry as { resource: object }[]).map(({ resource }) => ({
      resource: { ...resource, valueQuantity: { value: Number(VALUE), unit: 'kg' } },
    })),
  }))
  mock.script('/fhir/Condition', () => ({
    body: {
      resourceType: 'Bundle',
      entry: [{ resource: { resourceType: 'Condition', id: 'c', code: { text: WORDS } } }],
    },
  }))
  await startSignIn(popup, mock)
  await expect(popup.getByRole('heading', { name: NAME })).toBeVisible()
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText('83.6')
  await popup.getByRole('heading', { name: 'Conditions', exact: true }).click()
  await expect(popup.getByText(WORDS).first()).toBeVisible()
  const opened = carekey.context.waitForEvent('page')
  await chooseFromMenu(popup, 'Print or export…')
  const summary = await opened
  await expect(summary.getByText(WORDS).first()).toBeVisible()
  // What is searched for is there before.
  for (const page of [popup, summary])
    for (const text of [NAME, WORDS, '83.62']) expect(await heapOf(page)).toContain(text)

  const sent = await popup.evaluate(
    (pin) => chrome.runtime.sendMessage({ name: 'set-lock', input: { lock: { pin }, after: 15 } }),
    PIN,
  )
  expect(sent).toMatchObject({ ok: true })
  await chooseFromMenu(popup, 'Lock now')
  for (const page of [popup, summary]) {
    await expect(page.getByRole('heading', { name: 'Carekey is locked' })).toBeVisible()
    const heap = await heapOf(page)
    expect([NAME, WORDS, '83.62', 'Mock Clinic'].filter((text) => heap.includes(text))).toEqual([])
  }

  await popup.bringToFront()
  await popup.getByLabel('Passphrase or PIN').fill(PIN)
  await popup.getByRole('button', { name: 'Unlock', exact: true }).click()
  await expect(popup.getByRole('heading', { name: NAME })).toBeVisible()
  await expect(summary.getByText(WORDS).first()).toBeVisible()
})
