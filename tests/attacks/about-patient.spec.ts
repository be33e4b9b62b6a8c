import { readFileSync } from 'node:fs'
import { chooseFromMenu } from '../e2e/popup-frame.ts'
import type { MockProvider } from '../fakes/mock-provider.ts'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

const own = { reference: 'Patient/mara' }
const another = { reference: 'Patient/hugo' }

const weight = (id: string, value: number, change: object = {}) => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: own },
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  effectiveDateTime: '2025-03-02T10:00:00Z',
  valueQuantity: { value, unit: 'kg' },
  ...change,
})

/** What an organization sends that ignores the patient who was asked for, each with a value that must not be seen. */
const foreignWeights = [
  weight('another', 91.1, { subject: another }),
  weight('focus', 92.2, { focus: [another] }),
  weight('modified', 93.3, { modifierExtension: [{ url: 'https://example.org/not-measured' }] }),
  weight('contained', 94.4, {
    subject: { reference: '#x' },
    contained: [{ resourceType: 'Patient', id: 'x' }],
  }),
  weight('device', 95.5, { subject: { reference: 'Device/1' } }),
]

const condition = (id: string, text: string, subject: object) => ({
  ...{ resourceType: 'Condition', id, subject },
  code: { text },
})

const script = (mock: MockProvider): void => {
  const send = (path: string, resources: object[]) =>
    mock.script(path, () => ({
      body: {
        resourceType: 'Bundle',
        type: 'searchset',
        total: resources.length,
        entry: resources.map((resource) => ({ resource })),
      },
    }))
  const weights = [weight('weight', 71.5), ...foreignWeights]
  const conditions = [condition('asthma', 'Asthma', own), condition('gout', 'Gout of Hugo', another)]
  send(ADDRESSES.observations, weights)
  send('/fhir/Condition', conditions)
  send(`${ADDRESSES.patient}/$everything`, [...weights, ...conditions])
}

const FOREIGN = /9[1-5]\.\d|Hugo/

test('J56 what an organization sends about somebody else is neither shown nor exported, and that is said', async ({
  popup,
  mock,
  carekey,
}) => {
  script(mock)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const said = (count: number) =>
    `${mock.name}: ${count} ${count === 1 ? 'entry is' : 'entries are'} left out`
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText(said(5))
  await popup.getByRole('heading', { name: 'Conditions', exact: true }).click()
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  await expect(record).toContainText('Asthma')
  await expect(record).toContainText(said(1))
  await expect(popup.locator('body')).not.toContainText(FOREIGN)

  const opened = carekey.context.waitForEvent('page')
  await chooseFromMenu(popup, 'Print or export…')
  const page = await opened
  const at = page.getByRole('region', { name: mock.name })
  await expect(at.getByRole('table', { name: 'Conditions' })).toContainText('Asthma')
  await expect(at).toContainText(said(1))
  await expect(at).toContainText(said(5))
  await expect(page.locator('body')).not.toContainText(FOREIGN)
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the record (FHIR)' }).click(),
  ])
  const text = readFileSync(await file.path(), 'utf8')
  expect(text).toContain('Asthma')
  expect(text).not.toMatch(FOREIGN)
  expect(text).toContain(said(6))
  await expect(page.getByText(said(6))).toBeVisible()
})
