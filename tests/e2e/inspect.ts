import { readFileSync } from 'node:fs'
import { expect, type Page } from '@playwright/test'
import type axeCore from 'axe-core'

declare const axe: typeof axeCore

const source = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')

export const pictures = 'artifacts/pictures'

/**
 * Returns axe's findings, one line each. With `coloursAlone`, checks only colours, because the rest was checked in the other
 * theme.
 */
export const findWithAxe = async (page: Page, coloursAlone: boolean): Promise<string[]> => {
  // Loaded once for each document, because it is large.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source)
  const rules = coloursAlone ? { runOnly: ['color-contrast'] } : {}
  const violations = await page.evaluate(
    async (options) => (await axe.run(document, { ...options, resultTypes: ['violations'] })).violations,
    rules,
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** Checks a state in the light and the dark theme: keeps a picture of each, and requires that axe finds nothing. */
export const inspect = async (page: Page, state: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({
      path: `${pictures}/${state}-${colorScheme}.png`,
      fullPage: true,
      animations: 'disabled',
    })
    // A theme changes only the colours.
    expect(await findWithAxe(page, colorScheme === 'dark'), `axe on ${state}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}
