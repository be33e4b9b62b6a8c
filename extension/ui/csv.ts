/**
 * Returns rows as CSV (RFC 4180) with a byte order mark, by which spreadsheets recognize UTF-8. A cell that a spreadsheet would
 * run as a formula (CWE-1236) gets a leading apostrophe, because organizations write the cells.
 */
export const csv = (rows: readonly (readonly string[])[]): string =>
  `\uFEFF${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`

const cell = (text: string): string => `"${(isFormula(text) ? `'${text}` : text).replaceAll('"', '""')}"`

/**
 * Checks for a formula as spreadsheets do: they skip spaces and invisible characters, and fold full-width and small forms (`＝`,
 * `﹦`) into the plain ones, as NFKC does. A leading tab or line break starts a new cell in some of them.
 */
const isFormula = (text: string): boolean =>
  /^[\t\r\n]/.test(text) || /^[=+\-@|%\u2212]/.test(text.normalize('NFKC').replace(/^[\p{Z}\p{C}\s'"]+/u, ''))
