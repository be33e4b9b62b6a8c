/**
 * Removes case and accents, so that `munoz` finds `Muñoz` (R4 search, string parameters). Goes through upper case, because that
 * turns `ß` into `SS`; every form of sigma becomes the same letter.
 */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replace(/\s+/g, ' ')
    .trim()
