import { describe, expect, it } from 'vitest'
import { measures } from '../../../extension/fhir/measures.ts'
import { measure } from '../../../extension/fhir/quantity.ts'

const { mass, pressure } = measures
const ucum = 'http://unitsofmeasure.org'

/** Values arrive as the text that the record holds. */
const weigh = (quantity: object) => {
  const { value, unit, amount } = measure(quantity, mass) ?? {}
  return { value, unit, charted: amount !== undefined }
}

describe('a weight', () => {
  it.each([
    ['kilograms stay as they are written', { value: '81.20', unit: 'kg', code: 'kg', system: ucum }, '81.20'],
    ['pounds', { value: '179.0', unit: 'lb', code: '[lb_av]', system: ucum }, '81.2'],
    ['whole pounds', { value: '179', unit: 'lbs' }, '81'],
    ['grams', { value: '3450', unit: 'g', code: 'g', system: ucum }, '3.450'],
    ['ounces', { value: '121.7', unit: 'oz' }, '3.450'],
    ['stone', { value: '12.8', unit: 'stone' }, '81'],
    ['a unit that has only a text, in any spelling', { value: '81.2', unit: ' Kg ' }, '81.2'],
    ['the code before the text', { value: '179.0', unit: 'kg', code: '[lb_av]', system: ucum }, '81.2'],
    [
      'a code of another system is not read',
      { value: '81.2', unit: 'kg', code: '258683005', system: 'http://snomed.info/sct' },
      '81.2',
    ],
    ['an exponent', { value: '8.12e1', unit: 'kg' }, '81.2'],
    ['what was calculated', { value: '78.69266779592839', unit: 'kg' }, '78.69'],
    ['what was calculated of an infant', { value: '3.69266779592839', unit: 'kg' }, '3.693'],
    ['to the gram', { value: '3.450', unit: 'kg' }, '3.450'],
  ])('in kilograms: %s', (_what, quantity, value) => {
    expect(weigh(quantity)).toEqual({ value, unit: 'kg', charted: true })
  })

  it.each([
    [
      'an unknown code, whatever the text',
      { value: '81.2', unit: 'kg', code: '[car_Au]', system: ucum },
      'kg',
    ],
    ['an unknown text', { value: '81.2', unit: 'jin' }, 'jin'],
    ['no unit', { value: '81.2' }, ''],
    ['a pressure', { value: '81.2', unit: 'mmHg', code: 'mm[Hg]', system: ucum }, 'mmHg'],
    ['a word of JavaScript', { value: '81.2', unit: 'constructor' }, 'constructor'],
  ])('stays as recorded and out of the chart with %s', (_what, quantity, unit) => {
    expect(weigh(quantity)).toEqual({ value: '81.2', unit, charted: false })
  })

  it('above the limit of the scale is shown as recorded, and left out of the chart', () => {
    const quantity = { value: '200', comparator: '>', unit: 'kg', code: 'kg', system: ucum }
    expect(weigh(quantity)).toEqual({ value: '>200', unit: 'kg', charted: false })
  })

  it.each(['', 'heavy', '-3', 'NaN', 'Infinity', '0x10', '1e999', '1e-999', '1 2'])(
    '%o is no weight',
    (value) => {
      expect(measure({ value, unit: 'kg' }, mass)).toBeUndefined()
    },
  )
})

describe('F70 a number with few digits', () => {
  it.each([
    ['1e2', '100'],
    ['8e1', '80'],
    ['1E+2', '100'],
  ])('%s kg is exact to a kilogram at most', (value, kilograms) => {
    const quantity = measure({ value, unit: 'kg' }, mass)
    expect(quantity?.value).toBe(kilograms)
    expect(quantity?.amount?.step).toBeLessThanOrEqual(1)
  })

  it.each([
    ['1e2 mmHg', { value: '1e2', unit: 'mmHg' }],
    ['whole centimetres of mercury', { value: '13', unit: 'cmHg' }],
    ['whole kilopascals', { value: '17', unit: 'kPa' }],
  ])('%s is exact to a mmHg at most', (_what, quantity) => {
    expect(measure(quantity, pressure)?.amount?.step).toBe(1)
  })

  it.each(['0e3', '0E-2', '0.0e1', '1e10', '1e-10', '1234567890', '1'.repeat(600), `1.${'1'.repeat(21)}`])(
    '%s is not a measurement',
    (value) => {
      expect(measure({ value, unit: 'mmHg' }, pressure)).toBeUndefined()
      expect(measure({ value, unit: 'kg' }, mass)).toBeUndefined()
    },
  )

  it('a plain 0 is valid, because sounds may be heard down to it', () => {
    expect(measure({ value: '0', unit: 'mmHg' }, pressure)?.value).toBe('0')
  })
})

describe('a pressure', () => {
  it.each([
    [{ value: '128', unit: 'mmHg', code: 'mm[Hg]', system: ucum }, '128', 128],
    [{ value: '17.1', unit: 'kPa', code: 'kPa', system: ucum }, '128', 128.261],
    [{ value: '17.07', unit: 'kPa', code: 'kPa', system: ucum }, '128', 128.036],
    [{ value: '12.8', unit: 'cm Hg' }, '128', 128],
    [{ value: '128', unit: 'mm Hg' }, '128', 128],
  ])('%o is %s mmHg', (quantity, value, number) => {
    const measured = measure(quantity, pressure)
    expect(measured).toMatchObject({ value, unit: 'mmHg' })
    expect(measured?.amount?.number).toBeCloseTo(number, 2)
  })

  it('keeps the calculated value beside the rounded one', () => {
    const quantity = measure({ value: '132.091', unit: 'mmHg' }, pressure)
    expect(quantity).toMatchObject({
      value: '132',
      original: { value: '132.091', unit: 'mmHg' },
    })
  })

  it('keeps the recorded value beside the converted one', () => {
    const quantity = measure({ value: '17.1', unit: 'kPa', code: 'kPa', system: ucum }, pressure)
    expect(quantity?.original).toEqual({ value: '17.1', unit: 'kPa' })
    expect(quantity?.amount?.step).toBeCloseTo(0.75, 2)
  })
})

describe('another vital sign', () => {
  it.each([
    ['rate', { value: '72', unit: 'beats/minute', code: '/min', system: ucum }, '72 /min'],
    ['rate', { value: '72.4', unit: 'bpm' }, '72 /min'],
    ['rate', { value: '72', code: '{beats}/min', system: ucum }, '72 /min'],
    ['percentage', { value: '97', unit: '%', code: '%', system: ucum }, '97 %'],
    ['percentage', { value: '97.5213', unit: '%' }, '97.5 %'],
    ['temperature', { value: '37.1', unit: 'C', code: 'Cel', system: ucum }, '37.1 °C'],
    ['temperature', { value: '98.6', unit: 'F', code: '[degF]', system: ucum }, '37.0 °C'],
    ['temperature', { value: '98.6', unit: '°F' }, '37.0 °C'],
    ['length', { value: '182', unit: 'cm', code: 'cm', system: ucum }, '182 cm'],
    ['length', { value: '1.82', unit: 'm', code: 'm', system: ucum }, '182 cm'],
    ['length', { value: '71.5', unit: 'in', code: '[in_i]', system: ucum }, '181.6 cm'],
    ['massByArea', { value: '27.36', unit: 'kg/m2', code: 'kg/m2', system: ucum }, '27.4 kg/m²'],
  ] as const)('a %s of %o is %s', (kind, quantity, expected) => {
    const measured = measure(quantity, measures[kind])
    expect(`${measured?.value} ${measured?.unit}`).toBe(expected)
    expect(measured?.amount?.number).toBeCloseTo(Number(measured?.value), 0)
  })

  it.each([
    ['percentage', { value: '0.97', unit: '1' }],
    ['temperature', { value: '310', unit: 'K', code: 'K', system: ucum }],
    ['rate', { value: '1.2', unit: 'Hz' }],
  ] as const)('a %s of %o stays as recorded and out of the chart', (kind, quantity) => {
    const measured = measure(quantity, measures[kind])
    expect(measured).toMatchObject({ value: quantity.value, unit: quantity.unit })
    expect(measured?.amount).toBeUndefined()
  })
})
