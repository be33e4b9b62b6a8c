import { FAHRENHEIT, INCH, POUND } from '../messages/us-units.ts'
import type { Measure } from './quantity.ts'

/** How each kind of vital sign is measured. The units are those of FHIR's vital signs, with UCUM's definitions of the others. */
export const measures = {
  /** A scale for adults shows 50 g, some 10 g; one for infants shows grams. */
  mass: {
    normal: 'kg',
    codes: { kg: 1, g: 0.001, '[lb_av]': POUND, '[oz_av]': 0.028349523125, '[stone_av]': 6.35029318 },
    names: {
      kg: 'kg',
      kgs: 'kg',
      kilogram: 'kg',
      kilograms: 'kg',
      g: 'g',
      gram: 'g',
      grams: 'g',
      lb: '[lb_av]',
      lbs: '[lb_av]',
      pound: '[lb_av]',
      pounds: '[lb_av]',
      '[lb_av]': '[lb_av]',
      oz: '[oz_av]',
      ounce: '[oz_av]',
      ounces: '[oz_av]',
      '[oz_av]': '[oz_av]',
      st: '[stone_av]',
      stone: '[stone_av]',
    },
    finest: (kilograms) => (kilograms < 20 ? 0.001 : 0.01),
  },

  /** UCUM: `m[Hg]` is 133.3220 kPa. */
  pressure: {
    normal: 'mmHg',
    codes: { 'mm[Hg]': 1, 'cm[Hg]': 10, kPa: 1000 / 133.322, Pa: 1 / 133.322 },
    names: {
      mmhg: 'mm[Hg]',
      'mm[hg]': 'mm[Hg]',
      cmhg: 'cm[Hg]',
      'cm[hg]': 'cm[Hg]',
      kpa: 'kPa',
      pa: 'Pa',
    },
    finest: () => 1,
  },

  rate: {
    normal: '/min',
    codes: { '/min': 1, '{beats}/min': 1, '{Beats}/min': 1, '{beat}/min': 1, '1/min': 1 },
    names: {
      '/min': '/min',
      '1/min': '/min',
      bpm: '/min',
      'beats/min': '/min',
      'beats/minute': '/min',
      beatsperminute: '/min',
    },
    finest: () => 1,
  },

  percentage: { normal: '%', codes: { '%': 1 }, names: { '%': '%', percent: '%' }, finest: () => 0.1 },

  /** UCUM: 0 °F lies 160/9 °C below 0 °C. */
  temperature: {
    normal: '°C',
    codes: { Cel: 1, '[degF]': FAHRENHEIT.factor },
    offsets: { '[degF]': FAHRENHEIT.offset },
    names: {
      cel: 'Cel',
      c: 'Cel',
      '°c': 'Cel',
      degc: 'Cel',
      celsius: 'Cel',
      degreescelsius: 'Cel',
      f: '[degF]',
      '°f': '[degF]',
      degf: '[degF]',
      '[degf]': '[degF]',
      fahrenheit: '[degF]',
      degreesfahrenheit: '[degF]',
    },
    finest: () => 0.1,
  },

  length: {
    normal: 'cm',
    codes: { cm: 1, m: 100, mm: 0.1, '[in_i]': INCH, '[ft_i]': 30.48 },
    names: {
      cm: 'cm',
      centimeter: 'cm',
      centimeters: 'cm',
      m: 'm',
      meter: 'm',
      meters: 'm',
      mm: 'mm',
      in: '[in_i]',
      inch: '[in_i]',
      inches: '[in_i]',
      '[in_i]': '[in_i]',
      ft: '[ft_i]',
      feet: '[ft_i]',
    },
    finest: () => 0.1,
  },

  massByArea: {
    normal: 'kg/m²',
    codes: { 'kg/m2': 1 },
    names: { 'kg/m2': 'kg/m2', 'kg/m²': 'kg/m2', 'kg/m^2': 'kg/m2' },
    finest: () => 0.1,
  },
} as const satisfies Record<string, Measure>
