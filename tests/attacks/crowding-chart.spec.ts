import type { Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, startSignIn, test } from './extension.ts'
import { at, DAY, pressure, sendReadings, start, weight } from './maras-readings.ts'

const many = (count: number, make: (index: number) => object): object[] =>
  Array.from({ length: count }, (_, index) => make(index))

const honest = [
  ...many(60, (index) => weight(`w${index}`, 71.5 + index / 10, at(5 * index + 1))),
  ...many(60, (index) => pressure(`p${index}`, [118 + (index % 20), 74 + (index % 9)], at(5 * index + 1))),
]
const hostile = [
  pressure('high', [999_999, 1], at(0)),
  weight('heavy', 999_999_999, at(0)),
  weight('heavier', 1e12, at(0)),
  pressure('first', [130, 85], '0001-01-01'),
  weight('last', 80, '9999-12-31'),
  ...many(700, (index) =>
    weight(`often${index}`, 60, new Date(start - 2 * DAY - index * 60_000).toISOString()),
  ),
  ...many(300, (index) => pressure(`flat${index}`, [340, 240], at(index))),
]

const vitals = (popup: Page) => popup.getByRole('region', { name: 'Vital signs' })

const kinds = ['Blood pressure', 'Weight'] as const
const spans = ['12 months', 'All'] as const

const row = (popup: Page, kind: string) => vitals(popup).getByRole('button', { name: new RegExp(`^${kind}`) })

/** Shows a span and waits until its pictures, which are drawn in tasks of their own, stand in the place of the last ones. */
const show = async (popup: Page, span: string): Promise<void> => {
  const choice = vitals(popup).getByRole('radio', { name: span })
  if (await choice.isChecked()) return
  const before = await popup.locator('canvas').elementHandles()
  await choice.check()
  for (const canvas of before) await popup.waitForFunction((each) => !each.isConnected, canvas)
}

/** The pixels of each kind's pictures in each span: one an organization, in the order in which they were added. */
const pixels = async (popup: Page, organizations: number): Promise<string[][]> => {
  const seen: string[][] = []
  for (const kind of kinds) {
    await row(popup, kind).click()
    const canvases = vitals(popup).getByRole('img', { name: kind }).locator('canvas')
    for (const span of spans) {
      await expect(canvases).toHaveCount(organizations)
      await show(popup, span)
      await expect(canvases).toHaveCount(organizations)
      seen.push(
        await canvases.evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL())),
      )
    }
    await show(popup, spans[0])
    await popup.getByRole('button', { name: 'Back' }).click()
  }
  return seen
}

/** The line of the weight's row, and its trend in words. */
const weightRow = async (popup: Page): Promise<(string | null)[]> => [
  await row(popup, 'Weight').locator('.small-line').innerHTML(),
  /[\d.]+ kg lower than 3 months ago/.exec((await row(popup, 'Weight').textContent()) ?? '')?.[0] ?? null,
]

for (const isFirst of [true, false])
  test(`J55 an organization changes no pixel of another’s chart, ${isFirst ? 'added after it' : 'added before it'}`, async ({
    popup,
    mock,
  }) => {
    const portal = await startMockProvider()
    const own = isFirst ? mock : portal
    sendReadings(own, honest)
    await configure(popup, portal, { name: 'Wellness Portal' })
    const name = isFirst ? mock.name : 'Wellness Portal'
    await startSignIn(popup, { name })
    await expect(vitals(popup)).toContainText('71.5')
    const seen = await pixels(popup, 1)
    const rowAlone = await weightRow(popup)
    expect(rowAlone).toEqual([expect.stringContaining('<path'), expect.stringContaining('kg lower')])

    const other = isFirst ? portal : mock
    sendReadings(other, hostile)
    await addOrganization(popup)
    await startSignIn(popup, { name: isFirst ? 'Wellness Portal' : mock.name })
    await sayIsSamePerson(popup)
    await expect(vitals(popup)).toContainText('340/240')
    expect((await pixels(popup, 2)).map((pictures) => pictures[isFirst ? 0 : 1])).toEqual(seen.flat())
    expect(await weightRow(popup)).toEqual(rowAlone)

    const otherName = isFirst ? 'Wellness Portal' : mock.name
    await expect(vitals(popup)).toContainText(`${otherName}: 1 entry is left out`)
    // The newest that can be right.
    await expect(row(popup, 'Weight')).toHaveAccessibleName(/^Weight 71\.5 kg/)
    await row(popup, 'Weight').click()
    await expect(vitals(popup)).toContainText(
      new RegExp(`Cannot be right.*999999999 kg \\(.*${otherName}\\)`),
    )
    await popup.getByRole('button', { name: 'Back' }).click()
    await row(popup, 'Blood pressure').click()
    await expect(vitals(popup)).toContainText(/Cannot be right.*999999\/1 mmHg/)
    await portal.close()
  })
