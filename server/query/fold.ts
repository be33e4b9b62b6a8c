/**
 * Case and accents removed, so that `munoz` finds `Muñoz` (R4 search, string parameters). Through upper case, where
 * `ß` is `SS`; and a sigma is one letter wherever it stands.
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
