import { createContext } from 'preact'
import { FAHRENHEIT, INCH, POUND } from '../../messages/us-units.ts'
import type { Reading, Units } from '../../messages/vitals.ts'
import { t } from '../../ui/words/words.ts'

/** The units in which the person wants to see vital signs. */
export const UnitsChoice = createContext<Units>('metric')

interface UsUnit {
  unit: string
  /** A number of this unit times `factor`, plus `offset`, is one of the normal unit. */
  factor: number
  offset?: number
  /** The smallest step that devices show at a number; see `Measure`. */
  finest: (number: number) => number
}

/** What people in the US use in place of a kind's normal unit. */
const usUnits: Readonly<Record<string, UsUnit>> = {
  kg: { unit: 'lb', factor: POUND, finest: (pounds) => (pounds < 44 ? 0.01 : 0.1) },
  cm: { unit: 'in', factor: INCH, finest: () => 0.1 },
  '°C': { unit: '°F', ...FAHRENHEIT, finest: () => 0.1 },
}

const usUnitOf = (unit: string, units: Units): UsUnit | undefined =>
  units === 'us' && Object.hasOwn(usUnits, unit) ? usUnits[unit] : undefined

export const unitIn = (units: Units, unit: string): string => usUnitOf(unit, units)?.unit ?? unit

/** Converts a number of the normal unit, without rounding it. */
export const numberIn = (units: Units, number: number, unit: string): number => {
  const { factor = 1, offset = 0 } = usUnitOf(unit, units) ?? {}
  return (number - offset) / factor
}

/** Converts the difference of two numbers of the normal unit. */
export const differenceIn = (units: Units, difference: number, unit: string): number =>
  difference / (usUnitOf(unit, units)?.factor ?? 1)

type ShownValue = Pick<Reading, 'value' | 'unit'>

/**
 * Returns a reading's value as it is shown, and its unit, or that it has none: beside others it would pass for one in theirs. A value
 * without an amount stays as recorded: its unit is unknown, or it has `<` or `>`. A converted one has the fewest decimals that lose
 * nothing of what was recorded, but no more than a device shows.
 */
export const valueIn = (units: Units, { value, unit, partUnits, amounts }: Reading): ShownValue => {
  const noUnit = t('said_no_unit')
  if (partUnits) {
    const parts = value.split('/').map((number, part) => `${number} ${partUnits[part] || noUnit}`)
    return { value: parts.join(' / '), unit: '' }
  }
  const usUnit = usUnitOf(unit, units)
  const [amount] = amounts
  if (!usUnit || !amount) return { value, unit: unit || noUnit }
  const number = numberIn(units, amount.number, unit)
  const step = Math.max(amount.step / usUnit.factor, usUnit.finest(number))
  // A step of 0.1 that was converted twice may be a little smaller.
  const decimals = Math.max(Math.ceil(-Math.log10(step) - 1e-9), 0)
  return { value: number.toFixed(decimals), unit: usUnit.unit }
}

/**
 * Returns what was recorded, if something else is shown. The same number of another unit would be another value, so one number means
 * one unit, however it is spelled.
 */
export const recordedBeside = (
  shown: ShownValue,
  { value, unit, recorded, amounts }: Reading,
): string | undefined => {
  if (shown.unit === unit || amounts.length === 0) return recorded
  const original = recorded ?? `${value} ${unit}`
  return Number.parseFloat(original) === Number(shown.value) ? undefined : original
}
