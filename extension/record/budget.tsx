import type { JSX, VNode } from 'preact'

export type Content = (string | JSX.Element)[]

/** The most that is drawn at once, as `weightOf` counts it: no page of Carekey may stand still, and all of them share one process. */
export const MOST_DRAWN = 2_000

/** The most characters of a paragraph: a browser's work grows with the square of the changes of script or direction in it. */
export const LONGEST_PART = 1_000

/** Divides what is longer than one paragraph into several. Those of a whole text are laid out when they are seen. */
export const inParts = (content: Content): Content => {
  const parts = paragraphsOf(content)
  return parts.length > 1 ? parts.map((part) => <div class="part">{part}</div>) : content
}

/** Returns the paragraphs of a content: texts are divided, elements only put together. */
export const paragraphsOf = (content: Content): Content[] => {
  if (lengthOf(content) <= LONGEST_PART) return content.length > 0 ? [content] : []
  const parts: Content[] = []
  let room = 0
  for (const piece of content.flatMap(divided)) {
    const length = lengthOf(piece)
    if (length > room) {
      parts.push([])
      room = LONGEST_PART
    }
    // The beginning of a paragraph is a line break already.
    parts.at(-1)?.push(room === LONGEST_PART && typeof piece === 'string' ? piece.replace(/^\n/, '') : piece)
    room -= length
  }
  return parts
}

/** Divides a text after a line break or a space, if it has one. */
const divided = (piece: Content[number]): Content =>
  typeof piece === 'string' ? (piece.match(/.{1,999}(?:[\n ]|$)|.{1,999}/gsu) ?? []) : [piece]

export const isPart = ({ type, props }: VNode): boolean => type === 'div' && Object(props).class === 'part'

const lengthOf = (content: unknown): number => {
  if (Array.isArray(content)) return content.reduce((sum, each) => sum + lengthOf(each), 0)
  if (typeof content === 'string') return content.length
  return isElement(content) ? lengthOf(content.props.children) : 0
}

const isElement = (content: unknown): content is VNode<Props> =>
  typeof content === 'object' && content !== null && 'props' in content

interface Props {
  children?: unknown
  colSpan?: number
  rowSpan?: number
}

/**
 * How much work it is to lay out content at once, in elements: each takes some 60 µs. Paragraphs of the text itself count nothing,
 * because only a few of them are seen at a time.
 */
export const weightOf = (content: unknown, isWithin = false): number => {
  if (Array.isArray(content)) return content.reduce((sum, each) => sum + weightOf(each, isWithin), 0)
  if (typeof content === 'string') return isWithin ? weightOfText(content) : 0
  if (!isElement(content)) return 0
  const { type, props } = content
  const grid = type === 'tbody' ? gridOf(elementsIn(props.children)) : 0
  return 1 + grid / GRID_CELLS + weightOf(props.children, isWithin || !isPart(content))
}

/** In narrow columns each character is a line, and one that few fonts have takes a search for them. */
export const weightOfText = (text: string): number => {
  const { length } = text.replaceAll(/[\n -~]+/g, '')
  return (text.length - length) / 10 + length / 3
}

/** As many cells of a table's grid, which its rows and columns span, as are as much work as one element. */
const GRID_CELLS = 30

/** Returns rows × columns, of which each cell may make many: those that it spans, and those that others leave empty. */
const gridOf = (rows: VNode<Props>[]): number => {
  const widths = rows.map(() => 0)
  rows.forEach(({ props }, at) => {
    for (const { props: cell } of elementsIn(props.children)) {
      const end = Math.min(rows.length, at + (cell.rowSpan ?? 1))
      for (let row = at; row < end; row++) widths[row] = (widths[row] ?? 0) + (cell.colSpan ?? 1)
    }
  })
  return rows.length * widths.reduce((most, each) => Math.max(most, each), 0)
}

const elementsIn = (children: unknown): VNode<Props>[] =>
  (Array.isArray(children) ? children.flat() : [children]).filter(isElement)
