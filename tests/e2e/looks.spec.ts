import type { Page } from '@playwright/test'
import { findWithAxe, pictures } from './inspect.ts'
import { expect, test } from './pages-preview/fixtures.ts'
import { layoutFaults } from './pages-preview/layout-faults.ts'
import { languages, openScene, speaking, untranslated } from './pages-preview/preview.ts'
import type { Scene } from './pages-preview/scene.ts'
import { type PageName, scenes } from './pages-preview/scenes.ts'

/**
 * Takes a picture of each state of each page, light and dark, in both languages and at 200 % zoom, and requires that axe and a
 * check of the layout find nothing. The pages are the real ones; the worker's answers are given (pages-preview/scene.ts).
 */

const SIZES = { popup: { width: 400, height: 600 }, tab: { width: 1000, height: 800 } }
const sizeOf = (name: PageName) => SIZES[name === 'popup' ? 'popup' : 'tab']

// A long page has many states, and the machine may be busy.
test.setTimeout(180_000)

for (const [page, states] of Object.entries(scenes) as [PageName, Record<string, Scene>][])
  for (const [state, scene] of Object.entries(states))
    test(`${page} ${state}`, async ({ tabs, origin }) => {
      const texts: string[][] = []
      for (const language of languages) {
        const tab = await tabs(language)
        await tab.setViewportSize(sizeOf(page))
        await tab.emulateMedia({ media: 'screen', colorScheme: null })
        await openScene(tab, language, origin, page, scene)
        await settle(tab)
        await look(tab, page, `${page}-${state}-${language}`, language === 'en')
        // The words of this language are longer, so less fits.
        if (language === 'es') await lookCloser(tab, page, `${page}-${state}-${language}`)
        if (scene.narrow) await lookNarrow(tab, `${page}-${state}-${language}`)
        texts.push(await textsOf(tab))
        if (scene.print) await print(tab, `${page}-${state}-${language}`)
      }
      expect.soft(untranslated(texts, scene), 'the same in both languages').toEqual([])
    })

test('waiting indicators move, except for people who prefer less motion', async ({ chrome, origin }) => {
  const moving = async (reducedMotion: 'reduce' | 'no-preference') => {
    const context = await speaking(chrome, 'en', { reducedMotion })
    const page = await context.newPage()
    await openScene(page, 'en', origin, 'popup', { answers: { state: 'never' } })
    const animations = await page.evaluate(() => document.getAnimations().length)
    await context.close()
    return animations
  }
  expect(await moving('no-preference')).toBeGreaterThan(0)
  expect(await moving('reduce')).toBe(0)
})

const photograph = (page: Page, name: PageName, picture: string) =>
  page.screenshot({ path: `${pictures}/looks/${picture}.png`, fullPage: name !== 'popup' })

const look = async (page: Page, name: PageName, state: string, withAxe: boolean): Promise<void> => {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await photograph(page, name, `${state}-${colorScheme}`)
    // The language does not change the structure, and the theme changes only the colours.
    if (withAxe)
      expect.soft(await findWithAxe(page, colorScheme === 'dark'), `axe, ${colorScheme}`).toEqual([])
  }
  expect.soft(await layoutFaults(page), state).toEqual([])
  expect.soft(await page.evaluate(() => document.getAnimations().length), 'reduced motion').toBe(0)
}

const lookCloser = async (page: Page, name: PageName, state: string): Promise<void> => {
  await zoomIn(page, name)
  await settle(page)
  await photograph(page, name, `${state}-zoomed`)
  expect.soft(await layoutFaults(page), `${state}, at 200 %`).toEqual([])
}

const lookNarrow = async (page: Page, state: string): Promise<void> => {
  await page.setViewportSize({ width: 320, height: 600 })
  await settle(page)
  await page.screenshot({ path: `${pictures}/looks/${state}-narrow.png` })
  expect.soft(await layoutFaults(page), `${state}, in 320 px`).toEqual([])
}

/** An A4 sheet without its margins, at 96 px an inch. */
const print = async (page: Page, state: string): Promise<void> => {
  await page.setViewportSize({ width: 718, height: 1047 })
  await page.emulateMedia({ media: 'print' })
  await page.screenshot({ path: `${pictures}/looks/${state}-print.png`, fullPage: true })
  expect.soft(await layoutFaults(page), `${state}, on paper`).toEqual([])
}

/**
 * For a page, a zoom of 200 % means a window half as wide and high. A popup keeps its own width, and browsers limit it to 800 ×
 * 600 of the screen's pixels, so it has 400 × 300 of its own.
 */
const zoomIn = async (page: Page, name: PageName): Promise<void> => {
  const { width, height } = name === 'popup' ? { width: 800, height: 600 } : sizeOf(name)
  await page.setViewportSize({ width: width / 2, height: height / 2 })
}

const textsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts: string[] = []
    while (walker.nextNode()) texts.push(walker.currentNode.nodeValue?.trim() ?? '')
    return texts
  })

/** Waits until everything that loads later, such as a chart, is there. */
const settle = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const rest = () => {
          if (document.querySelector('.chart:not(:has(canvas))')) return wait()
          observer.disconnect()
          requestAnimationFrame(() => resolve())
        }
        const wait = () => {
          clearTimeout(timer)
          timer = setTimeout(rest, 60)
        }
        let timer: ReturnType<typeof setTimeout> | undefined
        const observer = new MutationObserver(wait)
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
        wait()
      }),
  )
