/** Spellings of an address that some router would treat as the same address. */
const SPELLINGS = {
  case: (path) => lastSegment(path, (segment) => segment.replace(/[a-z]/, (letter) => letter.toUpperCase())),
  'a slash at the end': (path) => `${path}/`,
  'two slashes': (path) => path.replace(/\/(?=[^/]*$)/, '//'),
  'two slashes at the start': (path) => `/${path}`,
  'an escaped letter': (path) =>
    lastSegment(path, (segment) => segment.replace(/[a-z]/i, (letter) => `%${hex(letter)}`)),
  'an escaped slash': (path) => path.replace(/\/(?=[^/]*$)/, slash('%2f')),
  semicolon: (path) => `${path};x`,
  dot: (path) => path.replace(/\/(?=[^/]*$)/, '/./'),
  'two dots': (path) => path.replace(/\/(?=[^/]*$)/, '/x/../'),
  backslash: (path) => path.replace(/\/(?=[^/]*$)/, slash('\\')),
  'absolute form': (path) => `http://elsewhere.test${path}`,
  query: (path) => `${path}?path=${path}&_method=POST`,
} as const satisfies Record<string, (path: string) => string>

export type Spelling = keyof typeof SPELLINGS

export const spellingsOf = (path: string) =>
  (Object.entries(SPELLINGS) as [Spelling, (path: string) => string][]).map(([name, spell]) => ({
    name,
    target: spell(path),
  }))

const lastSegment = (path: string, change: (segment: string) => string): string => {
  const start = path.lastIndexOf('/') + 1
  return path.slice(0, start) + change(path.slice(start))
}

/** Without its first slash, it would not be an address. */
const slash =
  (written: string) =>
  (_slash: string, offset: number): string =>
    offset === 0 ? `/${written}` : written

const hex = (letter: string): string => letter.charCodeAt(0).toString(16)
