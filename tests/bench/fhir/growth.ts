import type { Result } from '../comparison.ts'

const SIZE = /^fhir sqlite ([\d,]+)$/

/**
 * How much longer a request takes with more patients: p50 at one request at a time, the largest number divided by the smallest.
 */
export const growth = (results: readonly Result[]): string[] => {
  const sized = results.flatMap((result) => {
    const size = SIZE.exec(result.name)?.[1]
    if (size === undefined || !/ 1 waiting$/.test(result.variant)) return []
    return {
      variant: result.variant,
      patients: Number(size.replaceAll(',', '')),
      ours: result.ours.p50,
      bare: result.bare.p50,
    }
  })
  return [...Map.groupBy(sized, ({ variant }) => variant)].flatMap(([variant, sizes]) => {
    const [smallest, ...more] = sizes.toSorted((a, b) => a.patients - b.patients)
    const largest = more.at(-1)
    if (!smallest || !largest) return []
    const grown = (side: 'ours' | 'bare') => (largest[side] / smallest[side]).toFixed(2)
    return `fhir: ${variant}, p50 at ${largest.patients.toLocaleString('en')} over ${smallest.patients.toLocaleString('en')} patients: ours ${grown('ours')}, bare ${grown('bare')}`
  })
}
