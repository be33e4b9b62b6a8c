import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

export const pictures = 'artifacts/pictures'

/** Looks at a state as a person would, light and dark: a picture of each is kept, and axe must find nothing in it. */
export const inspect = async (page: Page, state: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({
      path: `${pictures}/${state}-${colorScheme}.png`,
      fullPage: true,
      animations: 'disabled',
    })
    // The legacy mode stays on this page; the other one opens a second, which a sign-in flow would see.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    )
    expect(found, `axe on ${state}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}
