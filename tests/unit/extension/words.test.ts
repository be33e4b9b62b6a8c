import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import en from '../../../extension/_locales/en/messages.json' with { type: 'json' }
import es from '../../../extension/_locales/es/messages.json' with { type: 'json' }
import { codes } from '../../../extension/messages/errors.ts'
import { grades } from '../../../extension/messages/findings.ts'
import { ago, clock, day, exactly, timeLeft } from '../../../extension/ui/words/dates.ts'
import { absenceOf, problemOf, sentence } from '../../../extension/ui/words/problem.ts'
import { count, decimals, find, listed } from '../../../extension/ui/words/words.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

type Messages = Record<string, { message: string }>
const sentencesOf = (messages: Messages) =>
  Object.entries(messages).map(([key, { message }]) => [key, message] as const)
const underscored = (code: string) => code.replaceAll('-', '_')

describe('the sentence of a problem', () => {
  it('exists for every code, and leaves no placeholder open', () => {
    for (const code of codes) {
      const text = sentence({ code })
      expect(text, code).not.toMatch(/^error_|\$\d/)
      expect(text, code).toMatch(/\.$/)
    }
  })

  it('names the organization that the worker named, or else the one on the page', () => {
    expect(
      sentence({ code: 'unreachable', details: { organization: 'Pulse Devices' } }, 'Riverside'),
    ).toContain('Pulse Devices cannot be reached')
    expect(sentence({ code: 'unreachable' }, 'Riverside')).toContain('Riverside cannot be reached')
    expect(sentence({ code: 'unreachable' })).toMatch(/^The organization cannot be reached/)
    expect(sentence({ code: 'unreachable' }, '')).toMatch(/^The organization cannot be reached/)
    expect(sentence({ code: 'interrupted' })).toContain('Signing in at the organization was')
    expect(sentence({ code: 'insecure-address' })).toMatch(/^This address is not/)
  })

  it.each([
    ['en', en, /options page|Target|Correct them/],
    ['es', es, /página de opciones|destino|Corríjalos/],
  ])(
    'sends nobody to the page of administrators, because patients read it too: %s',
    (_language, messages, page) => {
      const all = sentencesOf(messages)
      const sent = all.filter(([key, message]) => key.startsWith('error_') && page.test(message))
      expect(sent).toEqual([])
    },
  )

  it('differs between a refusal and an organization that cannot be reached', () => {
    expect(absenceOf({ code: 'refused' })).toBe('refused')
    expect(absenceOf({ code: 'too-slow' })).toBe('unreachable')
    expect(absenceOf({ code: 'not-fhir' })).toBe('failed')
  })

  it('exists for any error', () => {
    expect(problemOf(new TypeError('of undefined')).code).toBe('unexpected')
    expect(problemOf(undefined).code).toBe('unexpected')
  })
})

describe('a finding of autoscan', () => {
  it.each(Object.keys(grades))('%s: says what it means', (code) => {
    expect(find(`finding_${underscored(code)}`, 'this')).toMatch(/^[^$]{20,}\.$/)
  })

  it.each(Object.entries(grades))(
    '%s (%s): says what to do if, and only if, there is something to do',
    (code, level) => {
      const remedy = find(`remedy_${underscored(code)}`)
      if (level === 'good') expect(remedy).toBeUndefined()
      else expect(remedy).toMatch(/\.$/)
    },
  )
})

describe('the languages', () => {
  /** Names, and texts that are equal in both languages. */
  const same = [
    ...['code_no', 'extension_name', 'carekey', 'redirects_firefox'],
    ...['short_moment', 'short_minutes', 'short_hours'],
  ]
  const placeholders = (text: string) => [...new Set(text.match(/\$./g))].sort()

  it('have the same sentences, in the same order', () => {
    expect(Object.keys(es)).toEqual(Object.keys(en))
  })

  it.each(sentencesOf(en))('%s: has the same form in both languages', (key, english) => {
    const spanish = (es as Messages)[key]?.message ?? ''
    expect(english.trim()).not.toBe('')
    expect(spanish.trim()).not.toBe('')
    expect(placeholders(spanish)).toEqual(placeholders(english))
    for (const placeholder of placeholders(english)) expect(placeholder).toMatch(/^\$[1-9]$/)
    if (same.includes(key)) expect(spanish).toBe(english)
    else expect(spanish).not.toBe(english)
    // A sentence ends with a full stop, and a label does not.
    expect(/\.$/.test(spanish)).toBe(/\.$/.test(english))
  })

  it.each([
    ['en', en],
    ['es', es],
  ])(
    'quote a text from outside in one sentence alone, which is cleaned for it: %s',
    (_language, messages) => {
      const quoting = sentencesOf(messages).filter(([, text]) => /["“‘«][^"”’»]*\$\d/.test(text))
      expect(quoting.map(([key]) => key)).toEqual(['quoted'])
    },
  )

  it('contain no English in the Spanish sentences', () => {
    const english = /\b(the|and|of|is|are|not|with|you|your|this|here|client|provider|sign|log)\b/i
    expect(sentencesOf(es).filter(([, text]) => english.test(text))).toEqual([])
  })

  it('fit the limits of the stores', () => {
    for (const { extension_description, extension_name } of [en, es]) {
      expect(extension_description.message.length).toBeLessThanOrEqual(132)
      expect(extension_name.message.length).toBeLessThanOrEqual(45)
    }
  })
})

describe('every sentence', () => {
  const files = readdirSync('extension', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && file !== 'ui/words/words.ts')
    .map((file) => readFileSync(`extension/${file}`, 'utf8'))
  const code = files.join('\n')
  const literals = new Set([...code.matchAll(/['"](\w+)['"]/g)].map(([, literal]) => literal))
  // `gender_${…}` stands for every sentence with this beginning; those of errors and findings are compared with their codes.
  const patterns = [...code.matchAll(/`((?:\w|\$\{[^`}]*\})+)`/g)]
    .map(([, template = '']) => template.replaceAll(/\$\{[^}]*\}/g, '*'))
    .filter((template) => /^(?=.*\*).*\w{4}/.test(template) && !/^(error|finding|remedy)_/.test(template))
    .map((template) => new RegExp(`^${template.replaceAll('*', '\\w+')}$`))
  const byCode = [
    ...codes.map((each) => `error_${underscored(each)}`),
    ...Object.keys(grades).flatMap((each) => [`finding_${underscored(each)}`, `remedy_${underscored(each)}`]),
  ]
  const ofManifest = [...readFileSync('manifest.json', 'utf8').matchAll(/__MSG_(\w+?)__/g)].map(
    ([, key = '']) => key,
  )
  const used = new Set([...literals, ...byCode, ...ofManifest, 'language'])

  it('is used', () => {
    const unused = Object.keys(en)
      .filter((key) => !used.has(key) && !used.has(key.replace(/_(one|other)$/, '')))
      .filter((key) => !patterns.some((pattern) => pattern.test(key)))
    expect(unused).toEqual([])
  })

  it('exists if the manifest or the worker names it', () => {
    // The types check those of the pages.
    const output = [...code.matchAll(/\bsay\(([^)]*)\)/g)].flatMap(([, given = '']) =>
      [...given.matchAll(/'(\w+)'/g)].map(([, key = '']) => key),
    )
    expect(output.length).toBeGreaterThan(4)
    for (const key of [...output, ...ofManifest]) expect(en).toHaveProperty(key)
  })

  it('has a form for one and for others if it counts', () => {
    const counted = [...code.matchAll(/\bcount\('(\w+)'/g)].map(([, key = '']) => key)
    expect(counted.length).toBeGreaterThan(4)
    for (const key of counted) {
      expect(en).toHaveProperty(`${key}_one`)
      expect(en).toHaveProperty(`${key}_other`)
    }
  })
})

describe('in Spanish', () => {
  beforeEach(() => {
    vi.spyOn(fakeBrowser.i18n, 'getMessage').mockImplementation((key, given = []) =>
      ((es as Messages)[key]?.message ?? '').replaceAll(
        /\$(\d)/g,
        (_, place) => given[Number(place) - 1] ?? '',
      ),
    )
  })
  afterEach(() => void vi.restoreAllMocks())

  it('one, many and a million are written correctly', () => {
    expect(count('readings', 1)).toBe('1 medición')
    expect(count('readings', 0)).toBe('0 mediciones')
    expect(count('readings', 12_345)).toBe('12.345 mediciones')
    expect(count('readings', 1_000_000)).toBe('1.000.000 mediciones')
  })

  it('a recorded number has a comma, and all digits as recorded', () => {
    expect(decimals('81.20')).toBe('81,20')
    expect(decimals('128/82')).toBe('128/82')
    expect(decimals('17.1 kPa / 80 mm[Hg]')).toBe('17,1 kPa / 80 mm[Hg]')
  })

  it('names are joined to a list', () => {
    expect(listed(['Riverside', 'Iris Devices'])).toBe('Riverside e Iris Devices')
  })

  it('moments and remaining times are written correctly', () => {
    const now = new Date(2026, 10, 24, 14, 2).getTime()
    const HOUR = 3_600_000
    expect(day('2026-11-24')).toBe('24 nov 2026')
    expect(day('2025-08')).toBe('ago 2025')
    expect(clock(now)).toBe('14:02')
    expect(exactly(now)).toBe('24 nov 2026, 14:02')
    expect(ago(now - 72 * HOUR, now)).toBe('hace 3 días')
    expect(timeLeft(now + HOUR, now)).toBe('queda 1 h')
    expect(timeLeft(now + HOUR - 1, now)).toBe('quedan 59 min')
    expect(timeLeft(now + 48 * HOUR, now)).toBe('hasta el 26 nov')
  })
})

describe('a recorded number in English', () => {
  it('stays as it is', () => {
    expect(decimals('81.20')).toBe('81.20')
    expect(count('readings', 12_345)).toBe('12,345 readings')
  })
})
