import { expect, test } from 'vitest'
import { readOptions } from '../../bench/read-options.ts'

test('without options, three rounds of one second measure 1,000 and 10,000 patients on SQLite', () => {
  expect(readOptions([])).toEqual({
    ...{ names: [], rounds: 3, forMs: 1000, profile: false },
    sizes: [
      { engine: 'sqlite', patients: 1000 },
      { engine: 'sqlite', patients: 10_000 },
    ],
  })
})

test('options may stand before and after names', () => {
  const options = readOptions(['--rounds', '2', 'peers', '--seconds', '0.5', 'before', '--postgres', '100'])
  expect(options).toMatchObject({ names: ['peers', 'before'], rounds: 2, forMs: 500 })
  expect(options.sizes).toContainEqual({ engine: 'postgres', patients: 100 })
})

test.each([
  ['--rounds', '0'],
  ['--seconds', 'soon'],
  ['--patients', '1000,-1'],
])('%s %s is refused by its name', (option, value) => {
  expect(() => readOptions([`${option}=${value}`])).toThrow(`${option} takes a number above 0.`)
})

test('an unknown option is refused', () => {
  expect(() => readOptions(['--round', '1'])).toThrow("Unknown option '--round'")
})
