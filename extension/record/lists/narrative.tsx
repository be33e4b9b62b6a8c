import type { ComponentChildren, JSX } from 'preact'
import { readableText } from '../../../values/readable-name.ts'

type Content = (string | JSX.Element)[]

/** Elements whose content is never text to read. */
const HIDDEN = new Set('head script style template noscript iframe object embed svg math title'.split(' '))
const BLOCKS = new Set(
  'address blockquote caption dd div dl dt h1 h2 h3 h4 h5 h6 li ol p pre table tr ul'.split(' '),
)
/** Elements that end the line before them, so the line needs no break. */
const OWN_LINES = new Set<unknown>(['div', 'ol', 'pre', 'ul'])
/** How many lists, tables and marks lie within each other; what lies deeper is text. */
const DEEPEST = 8
const MOST_COLUMNS = 50

/**
 * Returns the content of a narrative (FHIR R4, 2.4: XHTML from a third party); null if nothing in it can be read. The parser's document
 * belongs to no window, so nothing in it runs and nothing is fetched. Only text leaves it, in new elements of a few kinds that mean
 * something: struck, raised and lowered text, lists, tables and aligned text. Links lead nowhere.
 */
export const narrativeOf = (div: string): ComponentChildren => {
  const { body } = new DOMParser().parseFromString(div, 'text/html')
  const content = contentOf(body, 0)
  return content.length > 0 ? content : null
}

const contentOf = (node: Node, depth: number): Content => tidy(piecesIn(node, depth))

const piecesIn = (node: Node, depth: number): Content =>
  [...node.childNodes].flatMap((child) => piecesOf(child, depth))

/** Returns the pieces of a node, with a line break wherever a line ends. */
const piecesOf = (node: Node, depth: number): Content => {
  if (!(node instanceof Element)) return node instanceof Text ? [node.data.replace(/\s+/g, ' ')] : []
  const name = node.localName
  if (HIDDEN.has(name)) return []
  if (name === 'img') return [node.getAttribute('alt') ?? '']
  if (name === 'br' || name === 'hr') return ['\n']
  if (name === 'q') return ['“', ...piecesIn(node, depth), '”']
  const marked = depth < DEEPEST ? markedOf(node, depth + 1) : undefined
  if (marked) return marked
  const pieces = piecesIn(node, depth)
  if (name === 'td' || name === 'th') return [...pieces, ' ']
  return BLOCKS.has(name) ? ['\n', ...pieces, '\n'] : pieces
}

/** Returns an element that means something besides its text; undefined for any other. */
const markedOf = (element: Element, depth: number): Content | undefined => {
  switch (element.localName) {
    case 'sup':
    case 'sub':
      return [shifted(element.localName, contentOf(element, depth))]
    case 'pre':
      return [<pre>{linesOf(element.textContent ?? '').join('\n')}</pre>]
    case 'ul':
      return [<ul>{itemsOf(element, depth)}</ul>]
    case 'ol':
      return [<ol {...startOf(element)}>{itemsOf(element, depth)}</ol>]
    case 'table':
      return tableOf(element, depth)
    default:
      return isStruck(element) ? [<s>{contentOf(element, depth)}</s>] : undefined
  }
}

const isStruck = (element: Element): boolean =>
  ['s', 'strike', 'del'].includes(element.localName) ||
  // Not `element.style`, which the policy of this page empties.
  (element.getAttribute('style') ?? '')
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

const itemsOf = (list: Element, depth: number): JSX.Element[] =>
  [...list.childNodes].flatMap((child) => {
    const content = child instanceof HTMLLIElement ? contentOf(child, depth) : tidy(piecesOf(child, depth))
    return content.length > 0 ? [<li>{content}</li>] : []
  })

const startOf = (list: Element): { start?: number } =>
  list instanceof HTMLOListElement && list.hasAttribute('start') ? { start: list.start } : {}

/** Returns a table in a box in which a wide one is scrolled, below its caption. */
const tableOf = (table: Element, depth: number): Content => {
  const isOwn = (part: Element) => part.parentElement?.closest('table') === table
  const rows = [...table.querySelectorAll('tr')].filter(isOwn)
  const captions = [...table.querySelectorAll('caption')].filter(isOwn)
  return [
    '\n',
    ...captions.flatMap((caption) => piecesIn(caption, depth)),
    <div class="wide">
      <table>
        <tbody>{rows.map((row) => rowOf(row, depth))}</tbody>
      </table>
    </div>,
  ]
}

const rowOf = (row: HTMLTableRowElement, depth: number): JSX.Element => (
  <tr>
    {[...row.cells].map((cell) => {
      const content = contentOf(cell, depth)
      return cell.localName === 'th' ? (
        <th {...spansOf(cell)}>{content}</th>
      ) : (
        <td {...spansOf(cell)}>{content}</td>
      )
    })}
  </tr>
)

const spansOf = ({ colSpan, rowSpan }: HTMLTableCellElement) => ({
  ...(colSpan > 1 && { colSpan: Math.min(colSpan, MOST_COLUMNS) }),
  ...(rowSpan > 1 && { rowSpan: Math.min(rowSpan, MOST_COLUMNS) }),
})

/** Joins neighbouring texts, and leaves out empty lines and spaces that nobody would see. */
const tidy = (pieces: Content): Content => {
  const joined: Content = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece
    else joined.push(piece)
  }
  return joined.flatMap((piece, index): Content => {
    if (typeof piece !== 'string') return [piece]
    const text = linesOf(piece)
      .join('\n')
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n[ \n]*/g, '\n')
    const begun = endsLine(joined[index - 1], index === 0) ? text.trimStart() : text
    const ended = endsLine(joined[index + 1], index === joined.length - 1) ? begun.trimEnd() : begun
    return ended === '' ? [] : [ended]
  })
}

const endsLine = (neighbour: Content[number] | undefined, isEdge: boolean): boolean =>
  isEdge || (typeof neighbour === 'object' && OWN_LINES.has(neighbour.type))

const linesOf = (text: string): string[] => text.split('\n').map(readableText)
