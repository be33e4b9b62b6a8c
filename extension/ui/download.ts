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
