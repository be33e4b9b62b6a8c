import { resolve } from 'node:path'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import preact from '@preact/preset-vite'
import { build, preview } from 'vite'
import en from '../../../extension/_locales/en/messages.json' with { type: 'json' }
import es from '../../../extension/_locales/es/messages.json' with { type: 'json' }
import type { State } from '../../../extension/messages/state.ts'
import { sharedStylesFirst } from '../../../scripts/shared-styles-first.ts'
import { now, providers, redirectUri } from './people.ts'
import { type Answers, type Look, type Scene, yes } from './scene.ts'
import { type PageName, scenes } from './scenes.ts'
import { usualAnswers } from './usual-answers.ts'

export const languages = ['en', 'es'] as const
export type Language = (typeof languages)[number]

const words = { en, es }
const standIns = resolve(import.meta.dirname, 'stand-ins')

/** Serves the extension's pages, built with stand-ins for the worker and the browser. */
export const servePages = async (outDir: string) => {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [
      preact(),
      sharedStylesFirst(),
      {
        name: 'stand-ins',
        enforce: 'pre',
        resolveId: (source) => {
          const [, name] = /messages\/(ask|snapshot)\.ts$/.exec(source) ?? []
          if (name) return resolve(standIns, `${name}.ts`)
          return source === 'webextension-polyfill' ? resolve(standIns, 'browser.ts') : undefined
        },
      },
    ],
    build: {
      outDir,
      emptyOutDir: true,
      modulePreload: false,
      minify: false,
      rolldownOptions: { input: Object.keys(scenes).map((page) => `extension/${page}/index.html`) },
    },
  })
  const server = await preview({
    configFile: false,
    logLevel: 'warn',
    build: { outDir },
    preview: { port: 0 },
  })
  const { port } = server.httpServer.address() as { port: number }
  return { origin: `http://localhost:${port}`, close: () => server.close() }
}

/** A context for people who speak this language and live in Madrid, on the day of the pictures. */
export const speaking = async (
  browser: Browser,
  language: Language,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> => {
  const context = await browser.newContext({
    locale: language === 'en' ? 'en-GB' : 'es-ES',
    timezoneId: 'Europe/Madrid',
    ...options,
  })
  await context.clock.setFixedTime(now)
  return context
}

/** Opens a page in a state, in the language of the browser's tab. */
export const openScene = async (
  page: Page,
  language: Language,
  origin: string,
  name: PageName,
  scene: Scene,
): Promise<void> => {
  const { address = '', act } = scene
  // Only the `#` would change, and then the browser would not load the page again.
  await page.goto('about:blank')
  const script = await page.addInitScript((answers) => {
    globalThis.answers = answers as never
  }, answersIn(scene))
  await page.goto(`${origin}/extension/${name}/index.html${address}`)
  const look = lookAt(page, language)
  await page.locator('main').waitFor()
  // The page may be loaded again and then needs the same answers.
  await act?.(look)
  await script.dispose()
}

const answersIn = ({ state, answers }: Scene): Answers => ({
  state: yes({ ...newcomer, ...state }),
  ...usualAnswers,
  ...answers,
})

/** Returns texts that are equal in every language and were not given, because somebody forgot to translate them. */
export const untranslated = ([first = [], ...others]: string[][], scene: Scene): string[] => {
  const texts = JSON.stringify([answersIn(scene), es])
  const isKnown = (text: string) => (text.match(/\p{L}{3,}/gu) ?? []).every((part) => texts.includes(part))
  return first.filter((text) => others.every((other) => other.includes(text)) && !isKnown(text))
}

const newcomer: State = { providers, connections: [], launched: [], place: {}, units: 'metric', redirectUri }

const lookAt = (page: Page, language: Language): Look => {
  const say: Look['say'] = (word, ...given) =>
    words[language][word].message.replaceAll(/\$(\d)/g, (_, at) => String(given[Number(at) - 1] ?? ''))
  return {
    page,
    say,
    button: (word, ...given) => page.getByRole('button', { name: say(word, ...given), exact: true }),
    field: (word) => page.getByLabel(say(word), { exact: true }),
  }
}
