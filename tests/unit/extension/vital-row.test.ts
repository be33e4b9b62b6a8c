import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../extension/messages/errors.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import type { Reading, Source, Vitals } from '../../../extension/messages/vitals.ts'
import { picturesOf } from '../../../extension/record/vitals/pictures.ts'
import { Timelines } from '../../../extension/record/vitals/timelines.tsx'
import type { VitalsAt } from '../../../extension/record/vitals/use-vitals.ts'
import { smallLinesOf } from '../../../extension/record/vitals/vital-row.tsx'
import { connectionWith } from '../../fixtures/connection.ts'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const DAY = 86_400_000
const now = Date.now()
const at = (daysAgo: number) => new Date(now - daysAgo * DAY).toISOString()
const nothing = () => undefined

/** A weight on each of these days. */
const weights = (source: Source, kilograms: (daysAgo: number) => number, days: number[]): Reading[] =>
  days.map((daysAgo) =>
    weightOf(kilograms(daysAgo).toFixed(1), at(daysAgo), source, `${source.connectionId}${daysAgo}`),
  )
const often = Array.from({ length: 40 }, (_, index) => 3 * index + 1)
const falling = weights(riverside, (daysAgo) => 80 + daysAgo / 20, often)
const steady = weights(riverside, (daysAgo) => 80 + (daysAgo % 2) / 5, often)

const vitalsOf = (readings: Partial<Vitals>): Vitals => ({
  ...{ patient: { id: 'p', name: 'John Doe', identifiers: [] }, bloodPressure: [], weight: [] },
  ...{ cut: false, readAt: now, ...readings },
})
const answerOf = ({ connectionId, name, hue }: Source, answer: Partial<VitalsAt>): VitalsAt => ({
  connection: connectionWith(connectionId, { providerName: name, hue }),
  ...{ patient: 'p', pending: false, retry: nothing, ...answer },
})
const clinic = answerOf(riverside, { value: vitalsOf({ weight: falling }) })
const rows = (vitals: VitalsAt[], isLong = true, leftOut: Connection[] = []) =>
  renderToString(h(Timelines, { vitals, leftOut, kind: undefined, isLong, onOpen: nothing }))
const signedOut = connectionWith('c9', { providerName: 'Pulse Devices', signedIn: false })
/** What is read aloud. */
const textOf = (html: string) => html.replace(/^[^>]*>|<[^>]*>/g, '').trim()
const away: Problem = { code: 'unreachable' }

const LOWER = /kg lower than 3 months ago/
const LINE = 'class="small-line"'

describe('a row', () => {
  it('has a name that begins with the kind and the newest value, and a trend in words', () => {
    const [, row = ''] = rows([clinic]).split('<button')
    expect(textOf(row)).toMatch(
      /^Weight 80\.0 kg yesterday, Riverside Clinic [\d.]+ kg lower than 3 months ago$/,
    )
    expect(rows([clinic])).toContain(LINE)
  })

  it('says steady only of readings that can be compared and differ little', () => {
    expect(rows([answerOf(riverside, { value: vitalsOf({ weight: steady }) })])).toContain(
      '>steady for 3 months<',
    )
    const few = vitalsOf({ weight: steady.filter((_, index) => index % 12 === 0) })
    expect(rows([answerOf(riverside, { value: few })])).not.toMatch(/steady|3 months ago/)
  })

  it('says that nothing is recorded only while the person is signed in at all their organizations', () => {
    expect(rows([clinic])).toContain('nothing recorded')
    expect(rows([clinic], true, [signedOut])).not.toContain('nothing recorded')
  })

  it('names the organization of a trend where several hold the kind', () => {
    const other = answerOf(pulse, { value: vitalsOf({ weight: [weightOf('80', at(9), pulse)] }) })
    expect(rows([clinic, other])).toMatch(/>Riverside Clinic: [\d.]+ kg lower/)
  })
})

it('no kind is said to be absent while an organization of the person is left out', () => {
  const light = [answerOf(riverside, { value: vitalsOf({ weight: falling }) })]
  expect(rows(light)).toContain('Blood pressure</b> nothing recorded')
  expect(rows(light, true, [signedOut])).not.toContain('nothing recorded')
})

describe('an organization whose access ended by itself', () => {
  const ended = { ...signedOut, endedBy: 'time', endedAt: now } as const

  it('is named above the rows with a button that signs in again, and no row has a trend or line without it', () => {
    const html = rows([clinic], true, [ended])
    expect(textOf(html)).toMatch(
      /^Access at Pulse Devices ended on .*, when its time was over\..*Sign in again/,
    )
    expect(html).toContain('without Pulse Devices')
    expect(html).not.toMatch(LOWER)
    expect(html).not.toContain(LINE)
  })

  it('is not missed once the person has signed out of it', () => {
    const html = rows([clinic], true, [signedOut])
    expect(html).not.toContain('Pulse Devices')
    expect(html).toMatch(LOWER)
  })
})

describe('an organization that is missing', () => {
  const late = answerOf(pulse, { pending: true })

  it('is named after two seconds, and no trend or line is shown meanwhile', () => {
    const atFirst = rows([clinic, late], false)
    expect(atFirst).not.toMatch(/is slow|without/)
    const later = rows([clinic, late])
    expect(later).toContain('Pulse Devices is slow.')
    expect(later).toContain('without Pulse Devices')
    for (const html of [atFirst, later]) {
      expect(html).toContain('80.0')
      expect(html).not.toMatch(LOWER)
      expect(html).not.toContain(LINE)
    }
    expect(rows([clinic, answerOf(pulse, { value: vitalsOf({}) })])).toMatch(LOWER)
  })

  it('leaves no trend while it cannot be reached, and can be asked again', () => {
    const html = rows([clinic, answerOf(pulse, { problem: away })])
    expect(html).toMatch(/Pulse Devices cannot be reached\..*aria-label="Try again: Pulse Devices"/)
    expect(html).not.toMatch(LOWER)
    expect(html).not.toContain(LINE)
  })

  it('takes the trend only from the kinds that its copy holds, whose age stands there', () => {
    const pressures = [pressureOf([128, 82], at(9), pulse)]
    const copy = vitalsOf({ bloodPressure: pressures, readAt: now - 30 * DAY, copyBecause: away })
    const html = rows([clinic, answerOf(pulse, { value: copy })])
    const [, ofPressure = '', ofWeight = ''] = html.split('<button type="button" class="vital"')
    expect(html).toMatch(/Pulse Devices cannot be reached\. As of /)
    expect(ofPressure).toMatch(/128\/82.*As of /)
    expect(ofWeight).not.toContain('As of')
    expect(ofWeight).toMatch(LOWER)
  })

  it('is one line for three or more, which opens', () => {
    const all = ['a', 'b', 'c'].map((name, hue) =>
      answerOf({ connectionId: name, name, host: name, hue }, { problem: away }),
    )
    expect(rows(all.slice(0, 2))).not.toContain('<details>')
    expect(rows(all)).toMatch(
      /<summary>3 organizations have not answered\..*<\/summary>.*a cannot be reached/,
    )
  })
})

describe('the small line', () => {
  const linesOf = (kind: 'weight' | 'bloodPressure', readings: Reading[]) => {
    const [picture] = picturesOf(kind, readings, now - 365 * DAY, now)
    return picture ? smallLinesOf(kind, picture) : []
  }
  /** The height of a line, in pixels of 36 with room for the mark. */
  const heightOf = (path = '') => {
    const heights = path
      .slice(1)
      .split('L')
      .map((point) => Number(point.split(' ')[1]))
    return Math.max(...heights) - Math.min(...heights)
  }

  it('spans at least 3 kg or 30 mmHg, so that what is steady looks steady', () => {
    const byOne = weights(riverside, (daysAgo) => (daysAgo > 60 ? 81 : 80), often)
    const [line] = linesOf('weight', byOne)
    expect(heightOf(line?.path)).toBeGreaterThan(5)
    expect(heightOf(line?.path)).toBeLessThanOrEqual(26 / 3)
    const [whole] = linesOf(
      'weight',
      weights(riverside, (daysAgo) => 80 + daysAgo / 2, often),
    )
    expect(heightOf(whole?.path)).toBeCloseTo(26, 0)
    const high = often.map((daysAgo) =>
      pressureOf([90 + (daysAgo % 3), 80], at(daysAgo), riverside, `p${daysAgo}`),
    )
    const [systolic, diastolic] = linesOf('bloodPressure', high)
    expect(systolic?.end).toBeLessThan(diastolic?.end ?? 0)
    expect(Number(diastolic?.end) - Number(systolic?.end)).toBeLessThan((26 * 13) / 30)
  })

  it('has a point for each pixel at most', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => index / 20)
    const [line] = linesOf(
      'weight',
      weights(riverside, (daysAgo) => 80 + (daysAgo % 2), many),
    )
    expect(line?.path.split('L').length).toBeLessThanOrEqual(101)
  })

  it('J55 is of one organization alone: another one changes neither it nor the trend', () => {
    const drawn = (html: string) => [
      /<span class="small-line">.*?top:[\d.]+px/.exec(html)?.[0],
      LOWER.test(html),
    ]
    const hostile = [
      ...weights(
        pulse,
        () => 600,
        often.map((daysAgo) => daysAgo + 30),
      ),
      weightOf('999999', at(0), pulse, 'high'),
      weightOf('80', '0001-01-01', pulse, 'first'),
    ]
    const other = answerOf(pulse, { value: vitalsOf({ weight: hostile }) })
    // The hostile organization may have been added before or after.
    for (const hue of [0, 5]) {
      const weight = falling.map((reading) => ({ ...reading, source: { ...riverside, hue } }))
      const own = answerOf({ ...riverside, hue }, { value: vitalsOf({ weight }) })
      const alone = drawn(rows([own]))
      expect(alone).toEqual([expect.stringContaining('<path'), true])
      expect(drawn(rows([own, other]))).toEqual(alone)
    }
  })
})
