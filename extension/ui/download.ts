/** Hands the person a file. It is made here and goes nowhere else. */
export const download = (name: string, type: string, content: string | string[]): void => {
  const address = URL.createObjectURL(new Blob([content].flat(), { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
