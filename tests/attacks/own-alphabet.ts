/** What stands for a class of characters. */
const CLASSES: Record<string, string[]> = {
  d: ['0'],
  D: ['x'],
  w: ['a'],
  W: ['-'],
  s: [' ', '\n'],
  S: ['x'],
  b: [],
  B: [],
}
const PROPERTIES: [name: RegExp, character: string][] = [
  [/^Cc$/, '\u0001'],
  [/^C/, '\u200b'],
  [/^Default_Ignorable/, '\u00ad'],
  [/^M/, '\u0301'],
  [/^Z|White_Space/, '\u00a0'],
  [/^N/, '7'],
  [/^L|^Alphabetic/, 'é'],
  [/./, '☃'],
]
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', 0: '\0' }
/** With more, only the first and last are used. */
const MOST = 8

interface Token {
  length: number
  /** The characters that stand for it; none for an operator. */
  characters: string[]
  /** A literal character, which continues a word. */
  isLiteral: boolean
}

/**
 * Returns the characters and words that a regular expression names, one for each class: what an attacker would write to make it look long
 * for a match.
 */
export const ownAlphabet = (source: string): string[] => {
  const characters: string[] = []
  const words: string[] = []
  let word = ''
  let isInClass = false
  for (let at = 0; at < source.length; ) {
    const token = tokenAt(source, at, isInClass)
    const operator = token.characters.length === 0 ? source.charAt(at) : ''
    if (operator === '[' || operator === ']') isInClass = operator === '['
    characters.push(...token.characters)
    if (token.isLiteral && !isInClass) word += token.characters[0]
    else {
      if (word.length > 1) words.push(word)
      word = ''
    }
    at += token.length
  }
  if (word.length > 1) words.push(word)
  const all = [...new Set([...characters, ...words, '!'])]
  return all.length <= MOST ? all : [...all.slice(0, MOST / 2), ...all.slice(-MOST / 2)]
}

const OPERATOR = /^(?:\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\{[\d,]+\}|[)|*+?^$[])/

const tokenAt = (source: string, at: number, isInClass: boolean): Token => {
  const rest = source.slice(at)
  if (rest.startsWith('\\')) return escapeOf(rest)
  if (isInClass && rest.startsWith(']')) return { length: 1, characters: [], isLiteral: false }
  const operator = isInClass ? undefined : OPERATOR.exec(rest)?.[0]
  if (operator) return { length: operator.length, characters: [], isLiteral: false }
  const [character = ''] = rest
  if (character === '.' && !isInClass) return { length: 1, characters: ['x'], isLiteral: false }
  return { length: character.length, characters: [character], isLiteral: true }
}

const escapeOf = (rest: string): Token => {
  const [, property] = /^\\[pP]\{(?:\w+=)?(\w+)\}/.exec(rest) ?? []
  if (property !== undefined) {
    const [, character = 'x'] = PROPERTIES.find(([name]) => name.test(property)) ?? []
    return { length: rest.indexOf('}') + 1, characters: [character], isLiteral: false }
  }
  const [code, ...digits] = /^\\(?:u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2}))/.exec(rest) ?? []
  if (code !== undefined) {
    const point = Number.parseInt(digits.find((each) => each !== undefined) ?? '', 16)
    return { length: code.length, characters: [String.fromCodePoint(point)], isLiteral: true }
  }
  const [reference] = /^\\k<\w+>/.exec(rest) ?? []
  if (reference !== undefined) return { length: reference.length, characters: [], isLiteral: false }
  const letter = rest.charAt(1)
  const known = CLASSES[letter]
  return { length: 2, characters: known ?? [ESCAPES[letter] ?? letter], isLiteral: known === undefined }
}

/** Returns texts of this length that are made of an alphabet: each part, each pair, and each part after another one. */
export function* textsOf(alphabet: readonly string[], length: number): Generator<string> {
  const fill = (part: string) => part.repeat(Math.ceil(length / part.length))
  for (const one of alphabet) {
    yield fill(one)
    for (const other of alphabet) {
      if (other === one) continue
      yield fill(one + other)
      yield one + fill(other)
    }
  }
}
