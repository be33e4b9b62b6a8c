import type { Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
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

/** Shows a span and waits until its pictures, which are drawn in tasks of their own, stand in the place of the last ones. */
const show = async (popup: Page, span: string): Promise<void> => {
  const choice = vitals(popup).getByRole('radio', { name: span })
  if (await choice.isChecked()) return
  const before = await popup.locator('canvas').elementHandles()
  await choice.check()
  for (const canvas of before) await popup.waitForFunction((each) => !each.isConnected, canvas)
}

/** The pixels of each kind's pictures: one an organization, in the order in which they were added. */
const pixels = async (popup: Page, organizations: number): Promise<string[][]> => {
  const canvasesOf = (kind: string) => vitals(popup).getByRole('img', { name: kind }).locator('canvas')
  for (const kind of kinds) await expect(canvasesOf(kind)).toHaveCount(organizations)
  const read = (kind: string) =>
    canvasesOf(kind).evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()))
  return Promise.all(kinds.map(read))
}

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
    const card = (kind: string) =>
      vitals(popup)
        .locator('.card')
        .filter({ has: popup.getByRole('heading', { name: kind, exact: true }) })
    const trend = () => card('Weight').getByText('30-day average').textContent()
    const seen: string[][][] = []
    for (const span of ['12 months', 'All']) {
      await show(popup, span)
      seen.push(await pixels(popup, 1))
    }

    const trendAlone = await trend()
    expect(trendAlone).toMatch(/^30-day average: [\d.]+ kg lower/)

    const other = isFirst ? portal : mock
    sendReadings(other, hostile)
    await addOrganization(popup)
    await startSignIn(popup, { name: isFirst ? 'Wellness Portal' : mock.name })
    await popup.getByRole('button', { name: 'Yes, the same person' }).click()
    await expect(vitals(popup)).toContainText('340/240')
    for (const [index, span] of ['12 months', 'All'].entries()) {
      await show(popup, span)
      const both = await pixels(popup, 2)
      expect(both.map((pictures) => pictures[isFirst ? 0 : 1])).toEqual(seen[index]?.flat())
    }

    const otherName = isFirst ? 'Wellness Portal' : mock.name
    await expect(card('Blood pressure')).toContainText(/Cannot be right.*999999\/1 mmHg/)
    await expect(card('Weight')).toContainText(
      new RegExp(`Cannot be right.*999999999 kg \\(.*${otherName}\\)`),
    )
    await expect(vitals(popup)).toContainText(`${otherName}: 1 entry is left out`)
    // The newest that can be right.
    await expect(card('Weight').locator('.value').first()).toHaveText('71.5 kg')
    expect(await trend()).toBe(trendAlone)
    await portal.close()
  })
