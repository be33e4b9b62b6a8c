import { expect, it } from 'vitest'
import type { Code } from '../../../extension/messages/errors.ts'
import { awayPart } from '../../../extension/summary/use-away.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const connection = connectionWith('Pulse Devices')
const failed = (code: Code, pending = false) => ({ problem: { code }, pending, retry: () => undefined })
const copy = {
  value: { readAt: 1, copyBecause: { code: 'unreachable' as const } },
  pending: false,
  retry: () => undefined,
}
const answered = { value: { readAt: 1 }, pending: false, retry: () => undefined }

it.each(['refused', 'unreachable', 'too-slow'] as const)(
  'an organization whose every answer is %s is named once, and has no section of its own',
  (code) => {
    expect(awayPart(connection, [failed(code), failed(code), failed(code)])).toMatchObject({
      problem: { code },
      hasCopy: false,
    })
  },
)

it('an organization of which a copy is shown keeps its section, in which each part says how old it is', () => {
  for (const answers of [
    [failed('unreachable'), copy],
    [copy, copy],
  ]) {
    expect(awayPart(connection, answers)).toMatchObject({ problem: { code: 'unreachable' }, hasCopy: true })
    expect(awayPart(connection, answers)).not.toHaveProperty('readAt')
  }
})

it.each([
  ['one answer came', [failed('refused'), answered]],
  ['one is still awaited', [failed('refused'), failed('refused', true)]],
  ['one failed otherwise', [failed('refused'), failed('not-fhir')]],
  ['one is refused and of another a copy is shown', [failed('refused'), copy]],
  ['one is refused and another cannot be reached', [failed('too-slow'), failed('refused')]],
  ['nothing was asked', []],
])('an organization is not away if %s', (_, answers) => {
  expect(awayPart(connection, answers)).toBeUndefined()
})
