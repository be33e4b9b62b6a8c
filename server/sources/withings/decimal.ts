/**
 * Writes `value × 10^unit` as a decimal with every measured digit: 118003 and −3 make `118.003`, 7900 and −2 make `79.00`.
 *
 * @param value a whole number as text.
 */
export const decimal = (value: string, unit: number): string => {
  const sign = value.startsWith('-') ? '-' : ''
  const digits = value.replace(/^-?0*(?=\d)/, '')
  if (digits === '0') return '0'
  if (unit >= 0) return sign + digits + '0'.repeat(unit)
  const padded = digits.padStart(1 - unit, '0')
  return `${sign}${padded.slice(0, unit)}.${padded.slice(unit)}`
}
