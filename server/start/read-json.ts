/** A text is not the JSON that it should be. The message continues a sentence that begins with the file's name; it quotes no value. */
export class JsonRefused extends Error {
  readonly code = 'json'
}

const SPACE = /[\t\n\r ]*/y
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")|[{}[\]:,]|-?\d[\d.eE+-]*|true|false|null/y

/**
 * Parses JSON strictly. `JSON.parse` keeps the last of two values with one name, and its messages quote the text, which may hold a
 * secret.
 *
 * @throws JsonRefused with the line of the first fault.
 */
export const readJson = (text: string): unknown => {
  if (text.startsWith('\ufeff'))
    throw new JsonRefused('begins with a byte order mark. Save it as UTF-8 without one.')
  requireTokens(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1]
    throw at === undefined
      ? new JsonRefused('is not JSON: it ends too early.')
      : syntaxFault(text, Number(at))
  }
}

/** A JSON object or array whose end has not been read. */
interface Open {
  readonly names: Set<string>
  /** The name or index of the value that is being read. */
  at: string | number
}

/** Reads a text token by token. @throws JsonRefused at the first that JSON does not have there, and at a repeated name. */
const requireTokens = (text: string): void => {
  const open: Open[] = []
  let before = ''
  for (let index = skip(text, 0); index < text.length; index = skip(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = index
    const [token, string] = TOKEN.exec(text) ?? []
    const isValueMissing = /^[:,]$/.test(before) && /^[}\],:]$/.test(token ?? '')
    if (token === undefined || isValueMissing) throw syntaxFault(text, index)
    const inner = open.at(-1)
    if (token === '{') open.push({ names: new Set(), at: '' })
    else if (token === '[') open.push({ names: new Set(), at: 0 })
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && typeof inner?.at === 'number') inner.at++
    else if (string !== undefined && typeof inner?.at === 'string' && /^[{,]$/.test(before)) {
      inner.at = nameOf(text, string, index)
      if (inner.names.has(inner.at))
        throw new JsonRefused(
          `has ${pathOf(open.map(({ at }) => at))} twice; the second is in line ${lineOf(text, index)}.`,
        )
      inner.names.add(inner.at)
    }
    before = token
  }
}

const skip = (text: string, index: number): number => {
  SPACE.lastIndex = index
  SPACE.exec(text)
  return SPACE.lastIndex
}

/** Unescapes a name, because `"\u0061"` and `"a"` are one name. */
const nameOf = (text: string, string: string, index: number): string => {
  try {
    return JSON.parse(string)
  } catch {
    throw syntaxFault(text, index)
  }
}

const syntaxFault = (text: string, index: number): JsonRefused =>
  /^(\/[/*]|#)/.test(text.slice(index))
    ? new JsonRefused(`has a comment in line ${lineOf(text, index)}. JSON has none; remove it.`)
    : new JsonRefused(`is not JSON: there is a mistake in line ${lineOf(text, index)}.`)

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length

/** Writes a place in JSON as people read it: `signIn[0].kind`. */
export const pathOf = (steps: readonly (string | number)[]): string =>
  steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${readableKey(step)}`))
    .join('')
    .replace(/^\./, '')

const readableKey = (key: string): string =>
  /^[\w$-]{1,60}$/.test(key) ? key : JSON.stringify([...key].slice(0, 60).join(''))
