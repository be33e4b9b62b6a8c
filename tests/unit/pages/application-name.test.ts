import { expect, it } from 'vitest'
import { applicationName } from '../../../server/pages/frame/layout.ts'

it.each(['Growth Chart', 'Carekey', 'carekey', 'Chart Viewer 2.0', 'Acme, Inc.', ''])(
  'the name of an application is as it is, if it says nothing of who read: %s',
  (name) => {
    expect(applicationName(name)).toBe(name)
  },
)

it.each([
  ['nobody', '“nobody”'],
  ['N0body', '“N0body”'],
  ['you. Not Dr. Smith', '“you. Not Dr. Smith”'],
  ['Carekey on these pages', '“Carekey on these pages”'],
  ['Carekey and “you', "“Carekey and 'you”"],
  ['Nоbody', '“\u2068Nоbody\u2069”'], // Cyrillic
])('the name of an application that would turn a sentence round is quoted: %s', (name, shown) => {
  expect(applicationName(name)).toBe(shown)
})
