import type { Page } from '@playwright/test'
import { expect, test } from './pages-preview/fixtures.ts'
import { openScene, speaking } from './pages-preview/preview.ts'
import { type PageName, scenes } from './pages-preview/scenes.ts'

/** One stop of the Tab key. */
interface Stop {
  /** Its place in the page's order, from 0; -1 when nothing has the focus. */
  place: number
  name: string
  /** Faults that a person would notice: no visible focus mark, or an element that is covered. */
  faults: string[]
}

const WHAT_IS_PRESSED = 'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"])'

const stopAt = (page: Page): Promise<Stop> =>
  page.evaluate((selector) => {
    const all = [...document.querySelectorAll(selector)]
    const at = document.activeElement
    if (!at || at === document.body) return { place: -1, name: '', faults: [] }
    const name = `<${at.localName}> ${at.getAttribute('aria-label') ?? at.textContent?.trim().slice(0, 40)}`
    // For an input that is itself invisible, the mark is around its label.
    const marked = getComputedStyle(at).opacity === '0' ? (at.nextElementSibling ?? at) : at
    const { outlineStyle, outlineWidth } = getComputedStyle(marked)
    const { left, top, right, bottom } = at.getBoundingClientRect()
    const [x, y] = [(left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2]
    const target = document.elementFromPoint(x, y)
    return {
      place: all.indexOf(at),
      name,
      faults: [
        // Inside a date field, the browser itself marks the part.
        ...((outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2) && !at.matches('[type="date"]')
          ? [`${name} has no outline`]
          : []),
        ...(target && (at.contains(target) || target.contains(at) || at.closest('label')?.contains(target))
          ? []
          : [`${name} is out of sight`]),
      ],
    }
  }, WHAT_IS_PRESSED)

/** Presses the key until the focus leaves the page or returns to its start. */
const goThrough = async (page: Page, key: 'Tab' | 'Shift+Tab'): Promise<Stop[]> => {
  const stops: Stop[] = []
  for (;;) {
    await page.keyboard.press(key)
    const stop = await stopAt(page)
    // A date field has three stops.
    if (stop.place >= 0 && stop.place === stops.at(-1)?.place) continue
    if (stop.place < 0 || stops.some(({ place }) => place === stop.place)) return stops
    stops.push(stop)
  }
}

/** Everything that can be pressed: one of each group of radio buttons, and nothing that is folded. */
const pressable = (page: Page): Promise<string[]> =>
  page.evaluate(
    (selector) =>
      [...document.querySelectorAll<HTMLInputElement>(selector)]
        .filter((each) => each.checkVisibility() && !(each.type === 'radio' && !each.checked))
        .map((each) => each.localName),
    WHAT_IS_PRESSED,
  )

const pages = [
  ['popup', 'both', { width: 400, height: 600 }],
  ['popup', 'clinician', { width: 400, height: 600 }],
  ['options', 'administrator', { width: 1000, height: 800 }],
  ['summary', 'both', { width: 1000, height: 800 }],
  ['find', 'ask', { width: 1000, height: 800 }],
] as const satisfies [PageName, string, object][]

for (const [name, state, viewport] of pages)
  test(`${name} ${state}: Tab reaches every control in order, each visibly focused, and leaves the page`, async ({
    chrome,
    origin,
  }) => {
    const context = await speaking(chrome, 'en', { viewport, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await openScene(page, 'en', origin, name, scenes[name][state] ?? {})
    await expect(page.locator('.chart:not(:has(canvas))')).toHaveCount(0)
    await page.evaluate(() => {
      document.body.tabIndex = -1 // Earlier steps may have left the focus somewhere
      document.body.focus()
      document.body.removeAttribute('tabindex')
    })
    const forth = await goThrough(page, 'Tab')
    expect(forth.flatMap(({ faults }) => faults)).toEqual([])
    const places = forth.map(({ place }) => place)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(forth).toHaveLength((await pressable(page)).length)
    const back = await goThrough(page, 'Shift+Tab')
    expect(back.flatMap(({ faults }) => faults)).toEqual([])
    await context.close()
  })

const dialogs = [
  ['popup', 'organization', 'Remove connection'],
  ['popup', 'both', 'Organizations: 2, 47 min left'],
  ['options', 'disconnect', 'Sign out everywhere'],
  ['options', 'first', 'Reset Service Configuration'],
  ['options', 'first', 'Delete Chart Viewer'],
] as const satisfies [PageName, string, string][]

for (const [name, state, opener] of dialogs)
  test(`${name} ${state}: “${opener}” opens a dialog; Escape closes it and returns the focus`, async ({
    chrome,
    origin,
  }) => {
    const context = await speaking(chrome, 'en', { reducedMotion: 'reduce' })
    const { act: _opens, ...scene } = scenes[name][state] ?? {}
    const page = await context.newPage()
    await openScene(page, 'en', origin, name, scene)
    const button = page.getByRole('button', { name: opener, exact: true })
    await button.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await expect(dialog).toBeVisible()
    for (let stop = 0; stop < 4; stop++) {
      const inside = await dialog.evaluate(
        (each) => document.activeElement === document.body || each.contains(document.activeElement),
      )
      expect(inside, 'nothing behind the dialog has the focus').toBe(true)
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
    await expect(button).toBeFocused()
    await context.close()
  })
