import table from './look-alikes.json' with { type: 'json' }
import { readableName } from './readable-name.ts'

/** The Latin letters or digits that another letter or digit looks like (Unicode's confusables, `scripts/generate-look-alikes.ts`). */
const latinOf: ReadonlyMap<string, string> = new Map(
  Object.entries(table).flatMap(([latin, others]) => [...others].map((each) => [each, latin] as const)),
)

/** Small letters that look alike in many fonts, beyond what Unicode lists. */
const alike: Readonly<Record<string, string>> = { l: 'i', '|': 'i', ω: 'w' }

/**
 * Returns the same text for names that look alike: ignores case, accents, spaces and signs, and the alphabet of a letter. A small
 * letter also counts as what its capital looks like.
 */
export const skeletonOf = (name: string): string => {
  const letters = [...withoutMarks(readableName(name))]
    .map((letter) => latinOf.get(letter) ?? latinOf.get(letter.toUpperCase()) ?? letter)
    .join('')
    .toLowerCase()
  const skeleton = [...letters]
    .map((letter) => alike[letter] ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
  // A name of signs alone looks like itself.
  return skeleton === '' ? letters : skeleton
}

const withoutMarks = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '')
