import { expect, test } from 'vitest'
import { dateTimeFormat, listFormat, numberFormat } from '../../../server/pages/frame/locale.ts'

test('J13 a format is made once for each language and its options', () => {
  const day = { dateStyle: 'medium', timeZone: 'UTC' } as const
  expect(dateTimeFormat('en-GB', { ...day })).toBe(dateTimeFormat('en-GB', { ...day }))
  expect(numberFormat('es')).toBe(numberFormat('es'))
  expect(listFormat('es')).toBe(listFormat('es'))
  expect(dateTimeFormat('es', day).format(0)).not.toBe(dateTimeFormat('en-GB', day).format(0))
  expect(() => dateTimeFormat('en', { timeZone: 'Nowhere/Else' })).toThrow(RangeError)
})

test('J13 of the formats that people choose, few are kept', () => {
  const first = dateTimeFormat('en-AA')
  const regions = Array.from({ length: 600 }, (_, at) => `en-${String(at).padStart(3, '0')}`)
  for (const language of regions) dateTimeFormat(language)
  expect(dateTimeFormat('en-AA')).not.toBe(first)
})
