import { describe, expect, it } from 'vitest'
import { codes } from '../../../extension/messages/errors.ts'
import { grades } from '../../../extension/messages/findings.ts'
import { absenceOf, problemOf, sentence } from '../../../extension/ui/problem.ts'
import { find } from '../../../extension/ui/words.ts'

describe('the sentence of a problem', () => {
  it('is there for every code, and leaves no placeholder open', () => {
    for (const code of codes) {
      const said = sentence({ code })
      expect(said, code).not.toMatch(/^error_|\$\d/)
      expect(said, code).toMatch(/\.$/)
    }
  })

  it('names the organization that the worker named, else the one on the page', () => {
    expect(
      sentence({ code: 'unreachable', details: { organization: 'Pulse Devices' } }, 'Riverside'),
    ).toContain('Pulse Devices cannot be reached')
    expect(sentence({ code: 'unreachable' }, 'Riverside')).toContain('Riverside cannot be reached')
    expect(sentence({ code: 'unreachable' })).toContain('The organization cannot be reached')
  })

  it('differs between what is not allowed and what cannot be reached', () => {
    expect(absenceOf({ code: 'refused' })).toBe('refused')
    expect(absenceOf({ code: 'too-slow' })).toBe('unreachable')
    expect(absenceOf({ code: 'not-fhir' })).toBe('failed')
  })

  it('is there for whatever was thrown', () => {
    expect(problemOf(new TypeError('of undefined')).code).toBe('unexpected')
    expect(problemOf(undefined).code).toBe('unexpected')
  })
})

describe('what autoscan finds', () => {
  const word = (code: string) => code.replaceAll('-', '_')

  it.each(Object.keys(grades))('%s: its meaning is said', (code) => {
    expect(find(`finding_${word(code)}`, 'this')).toMatch(/^[^$]{20,}\.$/)
  })

  it.each(Object.entries(grades))(
    '%s (%s): what to do is said exactly where there is something',
    (code, level) => {
      const remedy = find(`remedy_${word(code)}`)
      if (level === 'good') expect(remedy).toBeUndefined()
      else expect(remedy).toMatch(/\.$/)
    },
  )
})
