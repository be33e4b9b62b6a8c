import type { VitalName } from '../../messages/vitals.ts'
import type { Word } from '../../ui/words/words.ts'

type Bounds = readonly [least: number, most: number]

export interface VitalKind {
  word: Word
  /** The words for its parts; none for a kind that has only one. */
  parts: readonly Word[]
  unit: string
  /** What a person can have, of each part; nothing else is believed. */
  possible: readonly [Bounds, ...Bounds[]]
  /** The smallest range of a chart's axis and of a row's small line; a smaller one would exaggerate trivial changes. */
  leastRange: number
  lineRange: number
  /**
   * The smallest change that is worth mentioning, and the decimals to show it with (decision 53). Absent for a kind without a
   * trend.
   */
  change?: { least: number; decimals: number }
  /** The range that a guideline names for adults, for each part: from and below (decision 53). */
  band?: { ranges: readonly (readonly [from: number, below: number])[]; word: Word; sentence: Word }
}

/** Two parts that must stay apart need more height than one. */
export const classOfChart = (kind: VitalName): string =>
  vitalKinds[kind].parts.length > 0 ? 'chart tall' : 'chart'

/** How each kind of vital sign is shown. */
export const vitalKinds: Readonly<Record<VitalName, VitalKind>> = {
  bloodPressure: {
    word: 'blood_pressure',
    parts: ['systolic', 'diastolic'],
    unit: 'mmHg',
    possible: [
      [30, 350],
      [10, 250],
    ],
    leastRange: 60,
    lineRange: 30,
    change: { least: 5, decimals: 0 },
    band: {
      ranges: [
        [120, 140],
        [70, 90],
      ],
      word: 'pressure_band',
      sentence: 'pressure_band_is',
    },
  },
  weight: {
    word: 'weight',
    parts: [],
    unit: 'kg',
    possible: [[0.2, 700]],
    leastRange: 5,
    lineRange: 3,
    change: { least: 1, decimals: 1 },
  },
  heartRate: {
    word: 'heart_rate',
    parts: [],
    unit: '/min',
    possible: [[10, 350]],
    leastRange: 30,
    lineRange: 24,
    change: { least: 5, decimals: 0 },
  },
  oxygenSaturation: {
    word: 'oxygen_saturation',
    parts: [],
    unit: '%',
    possible: [[20, 100]],
    leastRange: 10,
    lineRange: 8,
  },
  temperature: {
    word: 'temperature',
    parts: [],
    unit: '°C',
    possible: [[13, 47]],
    leastRange: 3,
    lineRange: 3,
  },
  height: { word: 'height', parts: [], unit: 'cm', possible: [[10, 280]], leastRange: 10, lineRange: 10 },
  bmi: { word: 'bmi', parts: [], unit: 'kg/m²', possible: [[5, 250]], leastRange: 5, lineRange: 5 },
  bodyFat: { word: 'body_fat', parts: [], unit: '%', possible: [[1, 90]], leastRange: 10, lineRange: 8 },
  fatMass: { word: 'fat_mass', parts: [], unit: 'kg', possible: [[0.1, 500]], leastRange: 5, lineRange: 3 },
}
