/**
 * Returns a member of a JSON object as it is written there; undefined if there is none. If a name occurs more than once, the last
 * one counts, as in `JSON.parse`.
 *
 * @param json an object that `JSON.parse` accepts.
 */
export const memberText = (json: string, name: string): string | undefined => {
  let text: string | undefined
  let depth = 0
  let begin = 0
  let member: string | undefined
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') {
      const end = endOfText(json, at)
      if (depth === 1 && member === undefined) member = JSON.parse(json.slice(at, end + 1))
      at = end
    } else if (depth === 1 && character === ':') begin = at + 1
    else if (depth === 1 && (character === ',' || character === '}')) {
      if (member === name) text = json.slice(begin, at).trim()
      member = undefined
    }
    if (character === '{' || character === '[') depth++
    if (character === '}' || character === ']') depth--
  }
  return text
}

const endOfText = (json: string, begin: number): number => {
  let at = begin + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
