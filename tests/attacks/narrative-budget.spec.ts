import type { Page } from '@playwright/test'
import { recordTypes, resourceTypes } from '../../extension/messages/record-lists.ts'
import type { MockProvider } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'
import { FILLINGS, fullResources } from './full-rows.ts'

/** Narratives and a note that would each keep a browser busy for many seconds, and what of them can be read. */
const SPANNING = `<table>${`<tr>${'<td colspan="50" rowspan="50"/>'.repeat(60)}<td>Pacemaker</td></tr>`.repeat(50)}</table>`
const SPARSE = `<table><tr>${'<td/>'.repeat(3_000)}</tr>${'<tr><td>Pacemaker</td></tr>'.repeat(1_500)}</table>`
const ITEMS = `<ul>${'<li>Pacemaker</li>'.repeat(4_000)}</ul>`
const STRUCK = 'a<s>b</s>'.repeat(9_000)
const CHANGING = 'aא1 '.repeat(24_000)
const NOTE = 'aб'.repeat(9_000)

const procedure = (id: string, name: string, div: string) => ({
  resourceType: 'Procedure',
  id,
  status: 'completed',
  performedDateTime: '2026-01-01',
  code: { text: name },
  note: [{ text: NOTE }],
  subject: { reference: 'Patient/mara' },
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${div}</div>` },
})

const signIn = async (popup: Page, mock: MockProvider, divs: Record<string, string>): Promise<void> => {
  const entry = Object.entries(divs).map(([name, div], n) => ({ resource: procedure(`p${n}`, name, div) }))
  mock.script('/fhir/Procedure', () => ({ body: { resourceType: 'Bundle', type: 'searchset', entry } }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
}

/** The other page answers, again and again, while this one draws. */
const answersWhile = async <T>(other: Page, draw: () => Promise<T>): Promise<T> => {
  let isDrawn = false
  const done = draw().finally(() => {
    isDrawn = true
  })
  while (!isDrawn) {
    // All pages share a process. The whole of it took the unlimited table more than a minute, and many notes half of one.
    const late = other.waitForTimeout(3_000).then(() => 'late')
    expect(await Promise.race([other.evaluate(() => 'answered'), late])).toBe('answered')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return done
}

for (const [name, div, text, drawn] of [
  ['cells that span the grid of a table', SPANNING, 'Pacemaker', 'as text'],
  ['a table of empty places', SPARSE, 'Pacemaker', 'as text'],
  ['thousands of items', ITEMS, 'Pacemaker', 'as text'],
  ['thousands of struck letters', STRUCK, 'not all of it is shown here', 'not at all'],
  ['thousands of changes of direction', CHANGING, 'aא1', 'in short paragraphs'],
] as const)
  test(`${name} are drawn ${drawn}, and every other page answers`, async ({ popup, mock, carekey }) => {
    await signIn(popup, mock, { Operation: div })
    const options = await carekey.options()
    await popup.bringToFront()
    const record = popup.getByRole('region', { name: 'Record', exact: true })
    await popup.getByRole('searchbox', { name: 'Search this record' }).fill('operation')
    await answersWhile(options, () => record.getByText('Operation', { exact: true }).click())
    const more = record.locator('.more')
    await answersWhile(options, () => expect(more).toContainText(text))
    const narrative = more.locator('.narrative')
    await expect(narrative).toHaveCount(drawn === 'not at all' ? 0 : 1)
    await expect(narrative.locator('table, ul, s')).toHaveCount(0)
    // The note as well.
    const lengths = await more
      .locator('.part')
      .evaluateAll((parts) => parts.map(({ textContent }) => textContent?.length ?? 0))
    expect(lengths.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(NOTE.length - 1)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000)
    expect(await more.locator('*').count()).toBeLessThan(300)
  })

test('the summary draws as little of them at once, and every other page answers', async ({
  popup,
  mock,
  carekey,
}) => {
  await signIn(popup, mock, {
    'Operation 1': SPANNING,
    'Operation 2': SPARSE,
    'Operation 3': ITEMS,
    ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`Operation ${n + 4}`, CHANGING])),
  })
  const summary = await popup.context().newPage()
  const options = await carekey.options()
  await answersWhile(options, () => summary.goto(popup.url().replace('/popup/', '/summary/')))
  const list = summary.getByRole('table', { name: 'Procedures' })
  await answersWhile(options, () => expect(list.locator('tr')).toHaveCount(15, { timeout: 30_000 }))
  await expect(list).toContainText('Pacemaker')
  await expect(list.locator('.narrative :is(table, ul)')).toHaveCount(0)
})

/** Fills all lists of the organization, and signs in there. */
const signInToFull = async (popup: Page, mock: MockProvider, filling: keyof typeof FILLINGS) => {
  const resources = new Map(recordTypes.map((type) => [type, fullResources(type, FILLINGS[filling])]))
  for (const resourceType of resourceTypes)
    mock.script(`/fhir/${resourceType}`, ({ query }, usual) => {
      const category = query.get('category') ?? ''
      const isSocial = category === 'social-history'
      if (resourceType === 'Observation' && !isSocial && !category.includes('laboratory')) return usual()
      const all = resources.get(isSocial ? 'SocialHistory' : resourceType) ?? []
      return {
        body: { resourceType: 'Bundle', type: 'searchset', entry: all.map((resource) => ({ resource })) },
      }
    })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
}

for (const filling of Object.keys(FILLINGS) as (keyof typeof FILLINGS)[]) {
  test(`rows full of ${filling} are drawn in the summary, and every other page answers`, async ({
    popup,
    mock,
    carekey,
  }) => {
    await signInToFull(popup, mock, filling)
    const options = await carekey.options()
    const summary = await popup.context().newPage()
    await answersWhile(options, () => summary.goto(popup.url().replace('/popup/', '/summary/')))
    const lists = summary.locator('.list > table:not(.vitals)')
    await answersWhile(options, () => expect(lists).toHaveCount(8, { timeout: 30_000 }))
    await answersWhile(options, () => summary.waitForTimeout(3_000))
  })

  test(`rows full of ${filling} are found in the popup and opened, and every other page answers`, async ({
    popup,
    mock,
    carekey,
  }) => {
    await signInToFull(popup, mock, filling)
    const options = await carekey.options()
    await popup.bringToFront()
    const record = popup.getByRole('region', { name: 'Record', exact: true })
    await popup.getByRole('searchbox', { name: 'Search this record' }).fill('a')
    const lists = record.locator('.entries')
    await answersWhile(options, () => expect(lists).toHaveCount(8, { timeout: 30_000 }))
    for (const list of await lists.all())
      await answersWhile(options, () => list.locator('summary').first().click())
    await answersWhile(options, () => expect(record.locator('.more')).toHaveCount(8))
  })
}
