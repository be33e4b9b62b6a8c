import { describe, expect, it } from 'vitest'
import {
  dateTime,
  decimal,
  MEASURE_TYPES,
  mapGroup,
  zoneOf,
} from '../../../server/sources/withings/observations.ts'
import {
  type MeasureGroup,
  numberIn,
  parseAnswer,
  readMeasurePage,
  textIn,
} from '../../../server/sources/withings/read-measures.ts'
import { errorOf, tokenErrorOf, WithingsError } from '../../../server/sources/withings/withings-error.ts'

describe('a value of Withings', () => {
  it.each([
    ['118003', -3, '118.003'],
    ['7900', -2, '79.00'],
    ['5', -3, '0.005'],
    ['0', -3, '0'],
    ['000', 2, '0'],
    ['-125', -1, '-12.5'],
    ['8', 1, '80'],
    ['72', 0, '72'],
    ['9007199254740993', -14, '90.07199254740993'],
  ])('W06 %s × 10^%i is %s', (value, unit, text) => expect(decimal(value, unit)).toBe(text))
})

describe('a time of Withings', () => {
  it.each([
    [1_693_651_151, 'Europe/Amsterdam', '2023-09-02T12:39:11+02:00'],
    [1_672_531_199, 'America/Chicago', '2022-12-31T17:59:59-06:00'],
    [1_672_531_199, 'Asia/Kolkata', '2023-01-01T05:29:59+05:30'],
    [1_672_531_199, 'Mars/Olympus', '2022-12-31T23:59:59Z'],
    [1_672_531_199, '', '2022-12-31T23:59:59Z'],
    [253_402_300_799, 'Asia/Tokyo', '9999-12-31T23:59:59Z'],
    [1_672_531_199, '+14:00', '2023-01-01T13:59:59+14:00'],
    [1_672_531_199, '-14:00', '2022-12-31T09:59:59-14:00'],
    [1_672_531_199, '+14:01', '2022-12-31T23:59:59Z'],
    [1_672_531_199, '-23:00', '2022-12-31T23:59:59Z'],
  ])('%i in %s is %s', (seconds, zone, text) => expect(dateTime(seconds, zoneOf(zone))).toBe(text))
})

describe('a number of Withings', () => {
  it.each([' ', '\t', '\n ', '', [0], true, null, {}])('J39 is none: %j', (value) =>
    expect(numberIn(value)).toBeNaN(),
  )
  it('may be text', () => expect(numberIn('8')).toBe(8))
})

describe('a page of measures', () => {
  const group = (rest: object) => ({
    grpid: 1,
    attrib: 0,
    date: 1_693_651_151,
    modified: 1,
    category: 1,
    measures: [{ type: 1, value: '80', unit: 0 }],
    ...rest,
  })
  const groupsOf = (...groups: object[]) => readMeasurePage({ measuregrps: groups }, 0).groups

  it('has no text of more than 200 characters', () => {
    expect(textIn('x'.repeat(200))).toHaveLength(200)
    expect(textIn('x'.repeat(201))).toBe('')
    const long = 'x'.repeat(201)
    const page = readMeasurePage({ measuregrps: [group({ model: long })], timezone: long }, 0)
    expect(JSON.stringify(page).length).toBeLessThan(200)
  })

  it('W06 has no goals, and no groups without a date', () => {
    expect(groupsOf(group({ category: 2 }), group({ date: null }), group({ date: -5 }))).toEqual([])
  })

  it.each([
    { type: 1, value: 80, unit: 0 },
    { type: 1, value: '8', unit: 21 },
    { type: 1, value: '8', unit: '0' },
    { type: '1', value: '8', unit: 0 },
    null,
  ])('J39 has no group with a measure that is not understood, and says so: %j', (measure) => {
    const measuregrps = [group({}), group({ measures: [{ type: 9, value: '80', unit: 0 }, measure] })]
    const { groups, hasUnknown } = readMeasurePage({ measuregrps }, 0)
    expect(groups).toHaveLength(1)
    expect(hasUnknown).toBe(true)
  })

  it.each([
    [{ more: 1, offset: 200 }, 200],
    [{ more: true, offset: 200 }, 200],
    [{ more: 0, offset: 200 }, undefined],
    [{ more: false, offset: 0 }, undefined],
    [{ more: 1, offset: 0 }, 0],
    [{ more: 1 }, 0],
    [{}, undefined],
  ])('knows where the next one begins: %j', (rest, next) =>
    expect(readMeasurePage({ measuregrps: [], ...rest }, 0).next).toBe(next),
  )

  it.each([
    [{ more: 1, offset: 3 }, 1, false],
    [{ more: 1, offset: 4 }, 1, true],
    [{ more: 0, offset: 4 }, 1, false],
    [{ more: 1, offset: 2 }, 0, false],
    [{ more: 1, offset: 1_000_000 }, 0, true],
  ])(
    'J39 is not understood if the next one begins after what was given: %j after offset %i',
    (rest, asked, hasUnknown) =>
      expect(
        readMeasurePage({ measuregrps: [group({}), group({ category: 2 })], ...rest }, asked).hasUnknown,
      ).toBe(hasUnknown),
  )

  it.each(['1', '0', null, 2, 'true', {}])('J39 is the last one only if that is understood: %j', (more) => {
    const read = () => readMeasurePage({ measuregrps: [], more, offset: 200 }, 0)
    expect(read).toThrow(WithingsError)
  })

  it('W07 keeps every digit of the numbers of groups, and people', () => {
    const text = JSON.stringify({ measuregrps: [group({ grpid: 7 })], userid: 8 })
    const long = text
      .replace('"grpid":7', '"grpid":9007199254740993')
      .replace('"userid":8', '"userid":9007199254740995')
    const answer = parseAnswer(long) as Record<string, unknown>
    expect(answer.userid).toBe('9007199254740995')
    expect(readMeasurePage(answer, 0).groups[0]?.grpid).toBe('9007199254740993')
  })

  it('keeps the digits of values, and accepts device members that are null', () => {
    const text = JSON.stringify({ measuregrps: [group({ model: null, deviceid: null })] })
    const answer = parseAnswer(text.replace('"value":"80"', '"value":9007199254740993'))
    const { groups } = readMeasurePage(answer as Record<string, unknown>, 0)
    expect(groups[0]?.measures[0]?.value).toBe('9007199254740993')
    expect(groups[0]).not.toHaveProperty('model')
  })
})

describe('a group of measures', () => {
  const group: MeasureGroup = {
    grpid: '7',
    attrib: 0,
    date: 1_693_651_151,
    modified: 1,
    measures: [
      { type: 9, value: '80', unit: 0 },
      { type: 10, value: '120', unit: 0 },
      { type: 11, value: '61', unit: 0 },
      { type: 999, value: '1', unit: 0 },
    ],
  }

  it('W06 becomes a blood pressure and a pulse, with the number of the group', () => {
    const mapped = mapGroup(group, 'p', zoneOf('Europe/Amsterdam'))
    expect(mapped?.leftOut).toEqual([999])
    const [pressure, pulse] = (mapped?.resources ?? []).map(({ text }) => JSON.parse(text))
    expect(pressure).toMatchObject({
      id: 'p-7-pressure',
      identifier: [{ value: '7' }],
      subject: { reference: 'Patient/p' },
      component: [{ valueQuantity: { value: 120 } }, { valueQuantity: { value: 80 } }],
    })
    expect(pulse).toMatchObject({ identifier: [{ value: '7-pulse' }], valueQuantity: { code: '/min' } })
  })
})

describe('a group of measures that is odd', () => {
  const mapped = (rest: object) => {
    const group = { grpid: '7', attrib: 0, date: 1_693_651_151, modified: 1 }
    return mapGroup({ ...group, measures: [{ type: 1, value: '80', unit: 0 }], ...rest }, 'p', undefined)
  }

  it.each([0, 2, 4, 5, 7, 8, 15, 17])('W06 is final if it certainly is this person’s: %j', (attrib) => {
    const [weight] = mapped({ attrib })?.resources ?? []
    expect(JSON.parse(weight?.text ?? '')).toMatchObject({ status: 'final' })
  })

  it.each([1, 3, 16, 99, -1, 0.5, Number.NaN])(
    'J39 is preliminary, with a note, if it is not known to be: %j',
    (attrib) => {
      const [weight] = mapped({ attrib })?.resources ?? []
      const maybe = expect.stringContaining("May be somebody else's")
      expect(JSON.parse(weight?.text ?? '')).toMatchObject({ status: 'preliminary', note: [{ text: maybe }] })
    },
  )

  it('J39 is not understood if it has two values of one type', () => {
    const weights = (type: number) => [60, 160].map((value) => ({ type, value: String(value), unit: 0 }))
    for (const type of MEASURE_TYPES) expect(mapped({ measures: weights(type) })).toBeUndefined()
    const measures = [{ type: 1, value: '80', unit: 0 }, ...weights(999)]
    expect(mapped({ measures })?.leftOut).toEqual([999])
  })

  it.each(['0', '-75', '-0', '000'])('J39 is not understood if a value cannot be: %s', (value) => {
    for (const type of MEASURE_TYPES) {
      expect(mapped({ measures: [{ type, value, unit: 0 }] })).toBeUndefined()
      expect(mapped({ measures: [{ type, value: '1', unit: 0 }] })).toBeDefined()
    }
  })

  it('J39 is not understood if something is more than all of it', () => {
    for (const type of [6, 54]) {
      expect(mapped({ measures: [{ type, value: '1001', unit: -1 }] })).toBeUndefined()
      expect(mapped({ measures: [{ type, value: '1000', unit: -1 }] })).toBeDefined()
    }
  })
})

describe('a status of Withings', () => {
  it.each([
    [100.0005, 101],
    [0.2, 1],
    [-5, 1],
    [3600.5, 3600],
    [Number.POSITIVE_INFINITY, 3600],
    [undefined, 60],
  ])('W04 601 with a wait of %d s makes %i, because it becomes a row', (seconds, whole) => {
    for (const of of [errorOf, tokenErrorOf]) expect(of('getmeas', 601, seconds).seconds).toBe(whole)
  })

  it.each([
    [401, 'invalid-token'],
    [100, 'invalid-token'],
    [200, 'invalid-token'],
    [214, 'not-allowed'],
    [277, 'not-allowed'],
    [2553, 'not-allowed'],
    [2555, 'not-allowed'],
    [201, 'mistake'],
    [503, 'mistake'],
    [2554, 'mistake'],
    [522, 'away'],
    [601, 'wait'],
    [1, 'away'],
    [-1, 'away'],
  ])('W04 %i means %s', (status, fault) => expect(errorOf('getmeas', status).fault).toBe(fault))

  it.each([
    [342, '', 'ended'],
    [343, '', 'ended'],
    [401, '', 'ended'],
    [503, 'Invalid Params: invalid refresh_token', 'ended'],
    [503, 'Invalid Params: invalid code', 'ended'],
    [503, 'Invalid Params: invalid client_secret', 'mistake'],
    [503, '', 'mistake'],
  ])('W04 %i "%s" as the answer to a refresh means %s', (status, text, fault) =>
    expect(tokenErrorOf('requesttoken', status, undefined, text).fault).toBe(fault),
  )

  it('W04 says how long to wait, up to an hour', () => {
    expect(errorOf('getmeas', 601, 68).seconds).toBe(68)
    expect(errorOf('getmeas', 601, 1e9).seconds).toBe(3600)
  })
})
