/** Case and accents removed, so that `munoz` finds `Muñoz` (R4 search, string parameters). */
export const fold = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
