import { endOfString } from './cut-json.ts'

const QUOTE = 0x22

/**
 * Prints JSON compactly, in one pass over its text, with numbers and strings as written, but references and attachment addresses
 * replaced. An identifier's system stays, because it is a name, and so does the `url` of an extension or of the resource itself.
 *
 * @param text valid JSON; anything else might become valid without its white space.
 * @param replacementOf returns what stands in place of an address; `undefined` if it stays.
 */
export const printJson = (text: string, replacementOf: (address: string) => string | undefined): string => {
  const pieces: string[] = []
  /** Everything before it is in the pieces. */
  let copied = 0
  /** The last name at each depth; in a list, the name of the member that holds it. */
  const names: string[] = []
  let lastString = ''
  let isMember = false
  const isAddress = (): boolean => {
    if (!isMember) return false
    const name = names.at(-1)
    const holder = names.at(-2)
    return (
      name === 'reference' ||
      (name === 'url' && names.length > 1 && holder !== 'extension' && holder !== 'modifierExtension')
    )
  }
  const skip = (start: number, end: number): void => {
    if (copied < start) pieces.push(text.slice(copied, start))
    copied = end
  }
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at)
        if (isAddress()) {
          const replacement = replacementOf(JSON.parse(text.slice(at, end + 1)))
          if (replacement !== undefined) {
            skip(at, end + 1)
            pieces.push(JSON.stringify(replacement))
          }
        } else lastString = text.slice(at, end + 1)
        isMember = false
        at = end
        break
      }
      case 0x3a: // :
        names[names.length - 1] = nameOf(lastString)
        isMember = true
        break
      case 0x7b: // {
        names.push('')
        isMember = false
        break
      case 0x5b: // [
        names.push(names.at(-1) ?? '')
        isMember = false
        break
      case 0x7d: // }
      case 0x5d: // ]
        names.pop()
        isMember = false
        break
      case 0x2c: // ,
        isMember = false
        break
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        skip(at, at + 1)
    }
  }
  if (copied === 0) return text
  pieces.push(text.slice(copied))
  return pieces.join('')
}

/** @param written with its quotes; a name may be written with escapes. */
const nameOf = (written: string): string =>
  written.includes('\\') ? JSON.parse(written) : written.slice(1, -1)
