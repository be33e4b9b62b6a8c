import type { Locator, Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

const CLINIC = 'Honest Clinic'
const UP = '\u0304'
const DOWN = '\u0323'

const tall = (mark: string, count: number): string =>
  [...'AAAAAAAAAAAA'].map((each) => each + mark.repeat(count)).join('')

const answer = (mock: MockProvider, type: string, resources: object[]): void =>
  mock.script(`/fhir/${type}`, () => ({
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: resources.map((resource) => ({ resource })),
    },
  }))

const condition = (id: string, text: string, onsetDateTime: string) => ({
  resourceType: 'Condition',
  id,
  clinicalStatus: { coding: [{ code: 'active' }] },
  onsetDateTime,
  code: { text },
  subject: { reference: 'Patient/mara' },
})

const now = Date.now()
const event = (id: string, who: string, minutes: number, reference: string) => ({
  resourceType: 'AuditEvent',
  id,
  recorded: new Date(now - minutes * 60_000).toISOString(),
  outcome: '0',
  subtype: [{ code: 'read' }],
  agent: [{ who: { display: who }, requestor: true }],
  entity: [
    { what: { reference }, role: { code: '4' } },
    { what: { reference: 'Patient/mara' }, role: { code: '1' } },
  ],
})

interface Case {
  mock: MockProvider
  send: (to: { clinic: MockProvider; hostile: MockProvider; above: string; below: string }) => void
  show: (popup: Page) => Promise<void>
  rows: (popup: Page) => Locator
}

/** Signs in at both organizations, and compares the picture of the clinic's row beside plain rows and beside tall ones. */
const comparePictures = async (popup: Page, { mock: hostile, send, show, rows }: Case): Promise<void> => {
  const clinic = await startMockProvider()
  try {
    send({ clinic, hostile, above: 'AAAAAAAAAAAA', below: 'AAAAAAAAAAAA' })
    await configure(popup, clinic, { name: CLINIC })
    await startSignIn(popup, { name: CLINIC })
    await isSignedIn(popup)
    await addOrganization(popup)
    await startSignIn(popup, hostile)
    await sayIsSamePerson(popup)
    const own = rows(popup).filter({ hasText: CLINIC })
    const picture = async () => {
      // At a whole pixel, whatever is above the list.
      await own.evaluate(({ parentElement: list }) => {
        if (list) list.style.cssText = 'position: fixed; inset: 0 0 auto; z-index: 9; background: #fff'
      })
      return (await own.screenshot({ animations: 'disabled' })).toString('base64')
    }
    const open = async (words: RegExp) => {
      await popup.reload()
      await expect(async () => {
        await show(popup)
        await expect(rows(popup).filter({ hasText: words })).toHaveCount(2, { timeout: 2_000 })
      }).toPass()
    }
    await open(/AAAA/)
    let alone = ''
    // What is above the rows is still being drawn.
    await expect(async () => {
      const last = alone
      alone = await picture()
      await popup.waitForTimeout(300)
      expect(alone).toBe(last)
    }).toPass()
    for (const count of [4, 33]) {
      send({ clinic, hostile, above: tall(DOWN, count), below: tall(UP, count) })
      await open(new RegExp(`A(?:${UP}|${DOWN})`))
      await expect.poll(picture).toBe(alone)
    }
  } finally {
    await clinic.close()
  }
}

test('no text of one organization paints over the entry of another in a list of the record', async ({
  popup,
  mock,
}) => {
  await comparePictures(popup, {
    mock,
    send: ({ clinic, hostile, above, below }) => {
      answer(clinic, 'Condition', [condition('c', 'Penicillin anaphylaxis', '2026-03-02')])
      answer(hostile, 'Condition', [condition('a', above, '2026-03-03'), condition('b', below, '2026-03-01')])
    },
    show: (popup) => popup.getByRole('heading', { name: 'Conditions', exact: true }).click(),
    rows: (popup) => popup.locator('#list-conditions li'),
  })
})

test('no text of one organization paints over the entry of another in the log', async ({ popup, mock }) => {
  await comparePictures(popup, {
    mock,
    send: ({ clinic, hostile, above, below }) => {
      answer(clinic, 'AuditEvent', [event('c', 'Dr. Mallory', 21, 'Observation/1')])
      answer(hostile, 'AuditEvent', [event('a', 'Nurse Kim', 20, above), event('b', 'Nurse Lee', 22, below)])
    },
    show: (popup) => popup.locator('#who-read').scrollIntoViewIfNeeded(),
    rows: (popup) => popup.locator('ol.access > li'),
  })
})
