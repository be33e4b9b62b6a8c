import type { ComponentChildren, JSX } from 'preact'
import { readableText } from '../../../values/readable-name.ts'
import { cutMark } from '../../messages/record-lists.ts'
import { type Content, inParts, MOST_DRAWN, weightOf } from '../budget.tsx'

export interface Narrative {
  /** Null if nothing in it can be read. */
  content: ComponentChildren
  /** All of it is in `content`. */
  isWhole: boolean
}

/** Elements whose content is never text to read. */
const HIDDEN = new Set('head script style template noscript title'.split(' '))
const BLOCKS = new Set(
  'address blockquote caption dd div dl dt h1 h2 h3 h4 h5 h6 li ol p pre table tr ul'.split(' '),
)
/** Elements that end the line before them, so the line needs no break. */
const OWN_LINES = new Set<unknown>(['div', 'ol', 'pre', 'ul'])
/** Elements that draw something, which Carekey does not show. */
const PICTURES = new Set('iframe object embed svg math'.split(' '))
/** How many lists and tables, and how many powers, lie within each other; what lies deeper is text. */
const MOST_WITHIN = 8
/** How many elements lie within each other; what lies deeper is left out. */
const DEEPEST = 1_000
const MOST_COLUMNS = 50

/**
 * Returns what is shown of a narrative (FHIR R4, 2.4: XHTML from a third party). The parser's document belongs to no window, so nothing
 * in it runs and nothing is fetched. Only text leaves it, in new elements of a few kinds that mean something: struck, raised and lowered
 * text, lists, tables and aligned text. Links lead nowhere. What would be too much for the page is drawn as text, or not at all.
 *
 * FHIR defines it as XML, so it is read as XML or not at all. Read as HTML, `<s/>` would strike out everything after it, and a few
 * kilobytes of unclosed tags can keep the parser busy for minutes.
 */
export const narrativeOf = (div: string): Narrative => {
  const isCut = div.endsWith(cutMark)
  const root = parse(isCut ? closed(div.slice(0, -cutMark.length)) : div)
  if (!root) return { content: null, isWhole: false }
  // What is too much in lists and tables may not be as text.
  for (const within of [0, MOST_WITHIN]) {
    const reading = { isWhole: !isCut }
    const pieces: Content = []
    add(
      root,
      {
        reading,
        depth: 0,
        boxes: within,
        powers: within,
        isStruck: false,
        strikesCells: false,
        isAligned: false,
      },
      pieces,
    )
    const content = tidy(pieces, false)
    if (weightOf(content) <= MOST_DRAWN) return { content: content.length > 0 ? content : null, ...reading }
  }
  return { content: null, isWhole: false }
}

/** Returns the root element; undefined if the text is not well-formed, or has a document type, which could define entities of its own. */
const parse = (div: string): Element | undefined => {
  if (div.includes('<!DOCTYPE')) return undefined
  const document = new DOMParser().parseFromString(withoutEntities(div.trim()), 'application/xml')
  return document.getElementsByTagNameNS('*', 'parsererror').length > 0 ? undefined : document.documentElement
}

/** The most names of characters in one narrative that are looked up. */
const MOST_NAMES = 300

/** Replaces HTML's names of characters (`&nbsp;`), which XML does not know, by their numbers. */
const withoutEntities = (div: string): string => {
  const known = new Map<string, string>()
  return div.replaceAll(/&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,30};/g, (entity) => {
    const numbers = known.get(entity) ?? (known.size < MOST_NAMES ? numbersOf(entity) : entity)
    known.set(entity, numbers)
    return numbers
  })
}

const numbersOf = (entity: string): string => {
  const text = new DOMParser().parseFromString(entity, 'text/html').body.textContent ?? ''
  return text === entity ? entity : [...text].map((each) => `&#${each.codePointAt(0)};`).join('')
}

/** Ends a text that was cut: leaves out a tag that was begun, and closes the elements that are open. */
const closed = (div: string): string => {
  const whole = div.slice(0, div.lastIndexOf('<') > div.lastIndexOf('>') ? div.lastIndexOf('<') : undefined)
  const open: string[] = []
  for (const [, tag = ''] of whole.matchAll(/<([^<>]*)>/g)) {
    const [name] = /^[A-Za-z][\w:.-]*/.exec(tag) ?? []
    if (tag.startsWith('/')) open.pop()
    else if (name !== undefined && !tag.endsWith('/')) open.push(name)
  }
  return (
    whole.replace(/&[^;\s]{0,31}$/, '') +
    open
      .toReversed()
      .map((name) => `</${name}>`)
      .join('')
  )
}

/** Where in a narrative something stands. */
interface At {
  reading: { isWhole: boolean }
  depth: number
  /** How many lists and tables it lies in. */
  boxes: number
  /** How many raised and lowered texts it lies in. */
  powers: number
  isStruck: boolean
  /** Its row is struck, and a row can only be drawn struck cell by cell. */
  strikesCells: boolean
  /** Within `pre`, where spaces and line breaks count. */
  isAligned: boolean
}

/** Returns the content of an element that is drawn, struck if the element is. */
const contentOf = (element: Element, at: At): Content => {
  const isStruckHere = !at.isStruck && (at.strikesCells || isStruck(element))
  const pieces: Content = []
  collect(element, isStruckHere ? { ...at, isStruck: true } : at, pieces)
  const content = tidy(pieces, at.isAligned)
  return isStruckHere && content.length > 0 ? [<s>{content}</s>] : content
}

/** Adds the pieces of all children, with a line break wherever a line ends. Each piece is added once, however deep it lies. */
const collect = (element: Element, at: At, pieces: Content): void => {
  if (at.depth >= DEEPEST) {
    at.reading.isWhole = false
    return
  }
  const inside = { ...at, depth: at.depth + 1 }
  for (const child of element.childNodes) add(child, inside, pieces)
}

const add = (node: Node, at: At, pieces: Content): void => {
  if (!(node instanceof Element)) {
    // CDATA is text as well.
    if (node instanceof Text) pieces.push(at.isAligned ? node.data : node.data.replace(/\s+/g, ' '))
    return
  }
  const name = node.localName
  if (PICTURES.has(name) || (name === 'img' && !node.getAttribute('alt'))) at.reading.isWhole = false
  if (HIDDEN.has(name) || PICTURES.has(name)) return
  if (name === 'img') return void pieces.push(node.getAttribute('alt') ?? '')
  if (name === 'br' || name === 'hr') return void pieces.push('\n')
  const marked = markedOf(node, at)
  if (marked) return void pieces.push(marked)
  const [before, after] =
    name === 'q'
      ? ['“', '”']
      : name === 'td' || name === 'th'
        ? ['', ' ']
        : BLOCKS.has(name)
          ? ['\n', '\n']
          : []
  if (before) pieces.push(before)
  collect(node, at, pieces)
  if (after) pieces.push(after)
}

/** Returns an element that means something besides its text; undefined for any other. */
const markedOf = (element: Element, at: At): JSX.Element | string | undefined => {
  const { localName: name } = element
  if (name === 'sup' || name === 'sub') {
    if (at.powers < MOST_WITHIN) return shifted(name, contentOf(element, { ...at, powers: at.powers + 1 }))
    at.reading.isWhole = false
  }
  if (!at.isStruck && isStruck(element)) return <s>{contentOf(element, { ...at, isStruck: true })}</s>
  if (at.boxes === MOST_WITHIN) return undefined
  const inside = { ...at, boxes: at.boxes + 1 }
  switch (name) {
    case 'pre':
      return <pre>{contentOf(element, { ...inside, isAligned: true })}</pre>
    case 'ul':
      return <ul>{itemsOf(element, inside)}</ul>
    case 'ol':
      return <ol {...startOf(element)}>{itemsOf(element, inside)}</ol>
    case 'table':
      return tableOf(element, inside)
    default:
      return undefined
  }
}

const isStruck = (element: Element): boolean =>
  ['s', 'strike', 'del'].includes(element.localName) ||
  // Not `element.style`, which the policy of this page empties.
  (element.getAttribute('style') ?? '')
    .toLowerCase()
    .split(';')
    .some((each) => each.includes('text-decoration') && each.includes('line-through'))

const PLAIN = '0123456789+-−=()'
const SHIFTED = { sup: '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾', sub: '₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎' }

/** Writes a number by its own characters, `10⁹`, so that the meaning stays where only text is copied. */
const shifted = (name: 'sup' | 'sub', content: Content): string | JSX.Element => {
  const [text] = content
  const places = typeof text === 'string' ? [...text].map((character) => PLAIN.indexOf(character)) : []
  if (content.length === 1 && places.length > 0 && !places.includes(-1))
    return places.map((place) => SHIFTED[name][place]).join('')
  return name === 'sup' ? <sup>{content}</sup> : <sub>{content}</sub>
}

/** Returns the children of a list or a row: those that `own` draws, and the content of each of the others. */
const partsOf = (element: Element, at: At, own: (child: Element) => JSX.Element[] | undefined) =>
  [...element.childNodes].flatMap((child) => {
    const its = child instanceof Element ? own(child) : undefined
    if (its) return its
    const pieces: Content = []
    add(child, at, pieces)
    const content = tidy(pieces, false)
    return content.length > 0 ? [content] : []
  })

const itemsOf = (list: Element, at: At): JSX.Element[] =>
  partsOf(list, at, (child) => {
    if (child.localName !== 'li') return undefined
    const content = contentOf(child, at)
    return content.length > 0 ? [<li>{content}</li>] : []
  }).map((part) => (Array.isArray(part) ? <li>{part}</li> : part))

const startOf = (list: Element): { start?: number } => {
  const start = Number.parseInt(list.getAttribute('start') ?? '', 10)
  return Number.isSafeInteger(start) ? { start } : {}
}

/** Returns a table in a box that scrolls sideways, below its caption and whatever else is in the table. */
const tableOf = (table: Element, at: At): JSX.Element => {
  const above: Content = []
  const rowsOf = (part: Element, within: At, isGroup: boolean): JSX.Element[] =>
    [...part.childNodes].flatMap((child) => {
      const name = child instanceof Element ? child.localName : ''
      if (child instanceof Element && name === 'tr') return [rowOf(child, strikingCells(child, within))]
      if (child instanceof Element && GROUPS.has(name) && !isGroup)
        return rowsOf(child, strikingCells(child, within), true)
      add(child, at, above)
      return []
    })
  const rows = rowsOf(table, at, false)
  return (
    <div class="wide">
      {tidy(above, false)}
      <table>
        <tbody>{rows}</tbody>
      </table>
    </div>
  )
}

const strikingCells = (rows: Element, at: At): At => (isStruck(rows) ? { ...at, strikesCells: true } : at)

const GROUPS = new Set(['thead', 'tbody', 'tfoot'])

const rowOf = (row: Element, at: At): JSX.Element => (
  <tr>
    {partsOf(row, at, (cell) => {
      if (cell.localName === 'th') return [<th {...spansOf(cell)}>{contentOf(cell, at)}</th>]
      if (cell.localName === 'td') return [<td {...spansOf(cell)}>{contentOf(cell, at)}</td>]
      return undefined
    }).map((part) => (Array.isArray(part) ? <td>{at.strikesCells ? <s>{part}</s> : part}</td> : part))}
  </tr>
)

const spansOf = (cell: Element): { colSpan?: number; rowSpan?: number } => ({
  ...spanOf('colSpan', cell.getAttribute('colspan')),
  ...spanOf('rowSpan', cell.getAttribute('rowspan')),
})

const spanOf = (name: 'colSpan' | 'rowSpan', text: string | null) => {
  const span = Number.parseInt(text ?? '', 10)
  return span > 1 ? { [name]: Math.min(span, MOST_COLUMNS) } : {}
}

/** Joins neighbouring texts, and leaves out empty lines and spaces that nobody would see. Of aligned text, all spaces stay. */
const tidy = (pieces: Content, isAligned: boolean): Content => {
  const joined: Content = []
  let texts: string[] = []
  const join = () => {
    if (texts.length > 0) joined.push(texts.join(''))
    texts = []
  }
  for (const piece of pieces) {
    if (typeof piece === 'string') texts.push(piece)
    else {
      join()
      joined.push(piece)
    }
  }
  join()
  const tidied = joined.flatMap((piece, index): Content => {
    if (typeof piece !== 'string') return [piece]
    const lines = linesOf(piece).join('\n')
    if (isAligned) return lines === '' ? [] : [lines]
    const text = lines.replace(/[^\S\n]+/g, ' ').replace(/ ?\n[ \n]*/g, '\n')
    const begun = endsLine(joined[index - 1], index === 0) ? text.trimStart() : text
    const ended = endsLine(joined[index + 1], index === joined.length - 1) ? begun.trimEnd() : begun
    return ended === '' ? [] : [ended]
  })
  return inParts(tidied)
}

const endsLine = (neighbour: Content[number] | undefined, isEdge: boolean): boolean =>
  isEdge || (typeof neighbour === 'object' && OWN_LINES.has(neighbour.type))

const linesOf = (text: string): string[] => text.split('\n').map(readableText)
