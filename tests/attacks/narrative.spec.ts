import type { Locator, Page } from '@playwright/test'
import type { MockProvider } from '../fakes/mock-provider.ts'
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

/** Markup whose meaning would be lost as text, and what is shown of it. */
const MEANINGFUL: [what: string, markup: string, text: string][] = [
  ['a power', 'Platelets 10<sup>9</sup>/L, 10<sup>-3</sup>', 'Platelets 10⁹/L, 10⁻³'],
  ['an index', 'H<sub>2</sub>O, CO<sub>2</sub>', 'H₂O, CO₂'],
  ['nested powers', '<b>10<sup><i>12</i></sup></b>', '10¹²'],
  ['a quotation', 'He said <q>no</q>', 'He said “no”'],
  ['a power in aligned text', '<pre>10<sup>9</sup>/L</pre>', '10⁹/L'],
  ['a power in many lists', `${'<ul><li>'.repeat(20)}10<sup>9</sup>/dL${'</li></ul>'.repeat(20)}`, '10⁹/dL'],
  ['what is struck, and ends at once', 'Old: <s/>latex allergy', 'Old: latex allergy'],
  ['a name that only HTML knows', 'CO&middot;Hb&nbsp;5&LT;6', 'CO·Hb 5<6'],
]

const STRUCK = ['<s>struck</s>', '<strike>struck</strike>', '<del>struck</del>'].concat(
  ['text-decoration: line-through', 'text-decoration-line: underline line-through'].map(
    (style) => `<span style="${style}">struck</span>`,
  ),
  `<pre><s>struck</s></pre>`,
  `${'<ul><li>'.repeat(20)}<s>struck</s>${'</li></ul>'.repeat(20)}`,
)

const hostile = `onclick="globalThis.ran = 1" style="position: fixed" class="notice" id="main" background="//evil.test/x"`

test('what is longer than Carekey reads says so in its place, and no search says that it is not there', async ({
  popup,
  mock,
}) => {
  const usual = '<p>As usual.</p>'
  const operation = {
    ...{ resourceType: 'Procedure', id: 'p', status: 'completed', subject: { reference: 'Patient/mara' } },
    code: { text: 'Operation' },
    note: [{ text: `${'The lungs are clear. '.repeat(200)}Malignant until proven otherwise.` }],
    text: { status: 'generated', div: `<div>${usual.repeat(7_000)}<p>Pacemaker implanted</p></div>` },
  }
  mock.script('/fhir/Procedure', () => ({
    body: { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: operation }] },
  }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  const box = popup.getByRole('searchbox', { name: 'Search this record' })
  await box.fill('pacemaker')
  const found = record.getByRole('status').first()
  await expect(found).toHaveText('Nothing that could be read has these words.')
  await box.fill('malignant')
  await expect(found).toContainText('1 entry found')
  await record.getByText('Operation').click()
  await expect(record.getByText('Malignant until proven otherwise.')).toBeVisible()
  await expect(record.getByText('… not all of it is shown here; read it at Mock Clinic')).toBeVisible()
})

/** Text that is not XML, some of which takes a parser of HTML minutes. */
const ILL_FORMED = [
  '<div>Pacemaker <br> implanted</div>',
  `<div><p>${Array.from({ length: 400 }, (_, n) => `<b id="${n}">`).join('')}${'<p>x'.repeat(2_000)}</div>`,
  '<!DOCTYPE div [<!ENTITY a "Pacemaker">]><div>&a;</div>',
  `<div>${'<div>'.repeat(6_000)}Pacemaker${'</div>'.repeat(6_000)}</div>`,
]

test('a narrative that is not XML is not shown, holds up nothing, and no search says what is not in it', async ({
  popup,
  mock,
}) => {
  const entry = ILL_FORMED.map((div, n) => ({
    resource: {
      ...{ resourceType: 'Procedure', id: `p${n}`, subject: { reference: 'Patient/mara' } },
      ...{ status: 'completed', code: { text: `Operation ${n}` }, text: { status: 'additional', div } },
    },
  }))
  mock.script('/fhir/Procedure', () => ({ body: { resourceType: 'Bundle', type: 'searchset', entry } }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  await popup.getByRole('searchbox', { name: 'Search this record' }).fill('pacemaker')
  await expect(record.getByRole('status').first()).toHaveText('Nothing that could be read has these words.')
  await popup.getByRole('searchbox', { name: 'Search this record' }).fill('operation')
  for (const n of ILL_FORMED.keys()) {
    const row = record.getByRole('listitem').filter({ hasText: `Operation ${n}` })
    await row.locator('summary').click()
    await expect(row).toContainText('… not all of it is shown here; read it at Mock Clinic')
    await expect(row).not.toContainText('Pacemaker')
  }
})

/** Opens the one condition of a person who signed in, and returns its narrative on the page. */
const openNarrative = async (popup: Page, mock: MockProvider, markup: string): Promise<Locator> => {
  const condition = {
    ...{ resourceType: 'Condition', id: 'c', code: { text: 'Anemia' } },
    text: { div: `<div xmlns="http://www.w3.org/1999/xhtml">${markup}</div>` },
  }
  mock.script('/fhir/Condition', () => ({
    body: { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: condition }] },
  }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  await record.getByRole('heading', { name: 'Conditions', exact: true }).click()
  await record.getByText('Anemia').click()
  return record.locator('.narrative')
}

test('J63 what is struck as a whole, an item, a cell or a row, is shown struck', async ({ popup, mock }) => {
  const line = 'style="TEXT-DECORATION: Line-Through"'
  const markup = [
    `<ul><li ${line}>Penicillin</li></ul>`,
    `<table><tbody ${line}><tr><td>Warfarin</td></tr></tbody></table>`,
    `<table><tr ${line}><td>Aspirin</td><th>5 mg</th>Alone</tr><tr><td ${line}>Iron</td><td>Zinc</td></tr></table>`,
  ].join('')
  const narrative = await openNarrative(popup, mock, markup)
  await expect(narrative.locator('s')).toHaveText([
    'Penicillin',
    'Warfarin',
    'Aspirin',
    '5 mg',
    'Alone',
    'Iron',
  ])
  await expect(narrative).toContainText('Zinc')
})

test('J63 a narrative keeps the meaning of its markup, and none of it runs', async ({ popup, mock }) => {
  const markup = [
    ...MEANINGFUL.map(([, each]) => `<p>${each}</p>`),
    ...STRUCK.map((each) => `<p>Allergic to ${each} penicillin</p>`),
    `<table ${hostile}><caption>Results</caption><thead><tr><th ${hostile} colspan="2">Test</th></tr></thead>`,
    `<tbody><tr><td>Sodium</td><td ${hostile}>140 <s>150</s></td></tr><tr><td>WBC</td><td>5×10<sup>9</sup>/L</td></tr></tbody></table>`,
    `<ul ${hostile}><li>One<ul><li ${hostile}>Inner</li></ul></li></ul><ol start="3"><li>Three</li></ol>`,
    '<pre>a   b\n1   2</pre>',
    `${'<ul><li>'.repeat(300)}deep${'</li></ul>'.repeat(300)}`,
    `<sup ${hostile}><script>globalThis.ran = 2</script>x</sup>`,
  ].join('')
  const narrative = await openNarrative(popup, mock, markup)
  for (const [, , text] of MEANINGFUL) await expect(narrative).toContainText(text)
  await expect(narrative.locator('s').filter({ hasText: /^struck$/ })).toHaveCount(STRUCK.length)
  await expect(narrative).toContainText('Allergic to struck penicillin')
  await expect(narrative.locator('s').filter({ hasText: 'latex' })).toHaveCount(0)

  const table = narrative.getByRole('table')
  await expect(table.getByRole('row')).toHaveCount(3)
  await expect(table.getByRole('columnheader')).toHaveAttribute('colspan', '2')
  await expect(table.getByRole('row').nth(2).getByRole('cell')).toHaveText(['WBC', '5×10⁹/L'])
  await expect(table.locator('s')).toHaveText('150')
  await expect(narrative).toContainText('Results')
  await expect(narrative.locator('ul > li > ul > li').filter({ hasText: 'Inner' })).toHaveText('Inner')
  await expect(narrative.locator('ol')).toHaveAttribute('start', '3')
  expect(await narrative.locator('pre').last().textContent()).toBe('a   b\n1   2')
  await expect(narrative).toContainText('deep')
  expect(await narrative.locator('li li li li li li li li li').count()).toBe(0)

  // Only elements of this list, without any attribute but these.
  const elements = await narrative
    .locator('*')
    .evaluateAll((all) => all.map((each) => [each.localName, ...each.getAttributeNames()].join(' ')))
  const allowed =
    /^(s|sup|sub|ul|li|ol( start)?|pre|div( class)?|table|tbody|tr|t[hd]( colspan)?( rowspan)?)$/
  expect(elements.filter((each) => !allowed.test(each))).toEqual([])
  expect(
    await narrative.locator('div[class]').evaluateAll((all) => all.map(({ className }) => className)),
  ).toEqual(['wide'])
  expect(await popup.evaluate(() => Object(globalThis).ran)).toBeUndefined()

  // A printed record holds what a page can open.
  const summary = await popup.context().newPage()
  await summary.goto(popup.url().replace('/popup/', '/summary/'))
  await expect(summary.locator('.narrative s').filter({ hasText: /^struck$/ })).toHaveCount(STRUCK.length)
  await expect(summary.locator('.narrative table')).toContainText('5×10⁹/L')
})
