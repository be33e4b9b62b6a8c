/**
 * Rows as RFC 4180 has them, in UTF-8 with the mark by which spreadsheets know it. What organizations wrote stands in the cells
 * and must not run there: a cell that a spreadsheet would take for a formula (CWE-1236) begins with an apostrophe.
 */
export const csv = (rows: readonly (readonly string[])[]): string =>
  `\uFEFF${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`

const cell = (text: string): string => `"${(isFormula(text) ? `'${text}` : text).replaceAll('"', '""')}"`

/**
 * Spreadsheets skip spaces and characters that nobody sees, and fold full-width and small forms (`＝`, `﹦`) into the plain ones;
 * NFKC folds the same. A tab or a line break at the beginning starts a new cell in some of them.
 */
const isFormula = (text: string): boolean =>
  /^[\t\r\n]/.test(text) || /^[=+\-@|%\u2212]/.test(text.normalize('NFKC').replace(/^[\p{Z}\p{C}\s'"]+/u, ''))
