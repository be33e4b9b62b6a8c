/** Saves a file for the person. It is made in this page and sent nowhere. */
export const download = (name: string, type: string, content: string | string[]): void => {
  const address = URL.createObjectURL(new Blob([content].flat(), { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // Revokes the address later, because the browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/**
 * Returns `carekey-john-doe-2026-11-25.json`: plain letters and digits, which every file system and mail program keeps, and the
 * local date.
 */
export const fileName = (parts: readonly string[], extension: string, now: Date = new Date()): string => {
  const plain = parts.map((part) =>
    part
      .replace(/[ßẞæÆœŒøØłŁđĐðÐþÞı]/g, (letter) => LETTERS[letter.toLowerCase()] ?? letter)
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60)
      .replace(/^-|-$/g, ''),
  )
  const date = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) =>
    String(part).padStart(2, '0'),
  )
  return `${['carekey', ...plain, ...date].filter(Boolean).join('-')}.${extension}`
}

/** Letters that normalization does not split into a letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' },
}

/**
 * Returns rows as CSV (RFC 4180) with a byte order mark, by which spreadsheets recognize UTF-8. A cell that a spreadsheet would
 * run as a formula (CWE-1236) gets a leading apostrophe, because organizations write the cells.
 *
 * @param header the names of the columns.
 * @param missing sentences about what the table lacks: rows of their own, in a column of their own.
 */
export const csv = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  missing: readonly string[],
): string => {
  const table = [header, ...rows]
  const all =
    missing.length === 0
      ? table
      : [
          ...table.map((row, index) => [...row, index === 0 ? 'not in this file' : '']),
          ...missing.map((sentence) => [...header.map(() => ''), sentence]),
        ]
  return `\uFEFF${all.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`
}

const cell = (text: string): string =>
  `"${guarded(text)
    .replace(/(?<=[;\t\r\n])[^;\t\r\n]+/g, guarded)
    .replaceAll('"', '""')}"`

/** Also applied within a cell, because where lists are separated by semicolons, spreadsheets do not know the commas and quotes. */
const guarded = (text: string): string => (isFormula(text) ? `'${text}` : text)

/**
 * Checks for a formula as spreadsheets do: they skip spaces and invisible characters, and fold full-width and small forms (`＝`,
 * `﹦`) into the plain ones, as NFKC does. A leading tab or line break starts a new cell in some of them.
 */
const isFormula = (text: string): boolean =>
  /^[\t\r\n]/.test(text) || /^[=+\-@|%\u2212]/.test(text.normalize('NFKC').replace(/^[\p{Z}\p{C}\s'"]+/u, ''))
