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
