import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

export const pictures = 'artifacts/pictures'

/** What axe finds, a line each; `coloursAlone` where the rest was looked at in the other theme. */
export const findWithAxe = async (page: Page, coloursAlone: boolean): Promise<string[]> => {
  // The legacy mode stays on this page; the other one opens a second, which a sign-in flow would see, and takes longer.
  const builder = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
  if (coloursAlone) builder.withRules(['color-contrast'])
  const { violations } = await builder.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** Looks at a state as a person would, light and dark: a picture of each is kept, and axe must find nothing in it. */
export const inspect = async (page: Page, state: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({
      path: `${pictures}/${state}-${colorScheme}.png`,
      fullPage: true,
      animations: 'disabled',
    })
    // The theme changes nothing but the colours.
    expect(await findWithAxe(page, colorScheme === 'dark'), `axe on ${state}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}
