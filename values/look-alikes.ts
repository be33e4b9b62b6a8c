import { withoutMarks } from './fold.ts'
import table from './look-alikes.json' with { type: 'json' }
import { readableName } from './readable-name.ts'

/** The Latin letters or digits that another letter or digit looks like (Unicode's confusables, `scripts/generate-look-alikes.ts`). */
const latinOf: ReadonlyMap<string, string> = new Map(
  Object.entries(table).flatMap(([latin, others]) => [...others].map((each) => [each, latin] as const)),
)

const smallCapitals = [...'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ'] as const

/** Small letters that look alike in many fonts, beyond what Unicode lists. */
const alike: Readonly<Record<string, string>> = {
  ...Object.fromEntries(smallCapitals.map((letter, at) => [letter, 'abcdefghijkimnopqrstuuwyz'[at] ?? ''])),
  ...{ l: 'i', '|': 'i', ω: 'w', ĸ: 'k', є: 'e', ǝ: 'e', ə: 'e', ә: 'e', п: 'n' },
  // Unicode takes ʋ for u; it looks like v as well.
  v: 'u',
}

/**
 * Returns the same text for names that look alike: ignores case, accents, spaces and signs, and the alphabet of a letter. A small
 * letter also counts as what its capital looks like.
 */
export const skeletonOf = (name: string): string => {
  const letters = [...withoutMarks(withoutSigns(readableName(name)))]
    .map((letter) => latinOf.get(letter) ?? latinOf.get(letter.toUpperCase()) ?? letter)
    .join('')
    .toLowerCase()
  const skeleton = [...letters]
    .map((letter) => alike[letter] ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('rn', 'm')
    .replaceAll('uu', 'w')
  // A name of signs alone looks like itself.
  return skeleton === '' ? letters : skeleton
}

/** Removes signs that stand for several letters, such as ™, which would become letters of the name. Ⓒ stands for one, and stays. */
const withoutSigns = (text: string): string =>
  text.replace(/\p{So}/gu, (sign) => ((sign.normalize('NFKD').match(/\p{L}/gu) ?? []).length > 1 ? '' : sign))
