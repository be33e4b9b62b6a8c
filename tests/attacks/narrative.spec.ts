import { expect, isSignedIn, startSignIn, test } from './extension.ts'
import { expectInert, fieldMarkup, hostileConditions, openConditions } from './hostile-narrative.ts'

test('E10 nothing in a narrative runs or is fetched, and its text can be read', async ({
  popup,
  mock,
  evil,
}) => {
  mock.script('/fhir/Condition', () => ({ body: hostileConditions(evil.origin) }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const address = popup.url()
  const page = await popup.evaluate(openConditions)
  expectInert(page, evil.origin)
  expect(popup.url()).toBe(address)
  expect(evil.requests).toEqual([])
})

test('E11 markup in the fields of an entry is shown as plain text', async ({ popup, mock, evil }) => {
  mock.script('/fhir/Condition', () => ({ body: hostileConditions(evil.origin) }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const { text, strange } = await popup.evaluate(openConditions)
  const markup = fieldMarkup(evil.origin)
  for (const part of [`onload ${markup}`, `active · ${markup}`, `Note${markup}`, `Recorded by${markup}`])
    expect(text).toContain(part)
  expect(strange).toEqual([])
})

test('E11 the address of an attachment is not a link', async ({ popup, mock, evil }) => {
  const report = {
    resourceType: 'DiagnosticReport',
    id: 'report',
    status: 'final',
    code: { text: 'Chest X-ray' },
    subject: { reference: 'Patient/mara' },
    presentedForm: [{ contentType: 'text/html', url: 'javascript:alert(1)', title: '<b>Findings</b>' }],
  }
  mock.script('/fhir/DiagnosticReport', () => ({
    body: { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: report }] },
  }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  await record.getByText('Results', { exact: true }).click()
  await record.getByText('Chest X-ray').click()
  await expect(record).toContainText('<b>Findings</b>')
  await expect(record.locator('a')).toHaveCount(0)
  expect(evil.requests).toEqual([])
})
