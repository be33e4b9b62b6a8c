import { describe, expect, it } from 'vitest'
import { codes } from '../../../extension/messages/errors.ts'
import { absenceOf, problemOf, sentence } from '../../../extension/ui/problem.ts'

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
