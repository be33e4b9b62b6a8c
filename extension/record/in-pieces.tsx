import { type JSX, options } from 'preact'
import { useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { MOST_DRAWN } from './budget.tsx'

/** Rows that one task draws, if all of them are not more work than `MOST_DRAWN`; one row may be. */
const ROWS = 20

interface Turn {
  /** Pieces that are drawn. */
  drawn: number
  draw(count: number): void
}

/** The lists of the page that are not complete. */
const waiting = new Set<Turn>()

/** Divides rows into what one task draws of them. @param weightOf how much work a row is. */
export const divideRows = <T,>(rows: readonly T[], weightOf: (row: T) => number): T[][] => {
  const pieces: T[][] = []
  let weight = 0
  for (const row of rows) {
    const more = weightOf(row)
    const piece = pieces.at(-1)
    const fits = piece && piece.length < ROWS && weight + more <= MOST_DRAWN
    if (fits) piece.push(row)
    else pieces.push([row])
    weight = fits ? weight + more : more
  }
  return pieces
}

interface Props<T> {
  readonly rows: readonly T[]
  /** As `divideRows` takes it. */
  readonly weightOf: (row: T) => number
  /** Draws rows that belong together; it is called again only for other `rows`. */
  readonly piece: (rows: T[]) => JSX.Element
}

/**
 * Draws the first rows of a list at once, then a piece more in each frame until all are drawn. The lists of a page take turns, the
 * shortest first, so that one that an organization fills delays no other. Printing draws all of them.
 */
export const InPieces = <T,>({ rows, weightOf, piece }: Props<T>) => {
  const pieces = useMemo(() => divideRows(rows, weightOf).map(piece), [rows])
  const count = pieces.length
  const [progress, setProgress] = useState({ rows, drawn: 1 })
  // Other rows begin anew: replacing all that are drawn would be one task.
  const drawn = progress.rows === rows ? progress.drawn : 1
  const isComplete = drawn >= count
  useLayoutEffect(() => {
    if (isComplete) return
    const turn = { drawn, draw: (count: number) => setProgress({ rows, drawn: count }) }
    waiting.add(turn)
    askForFrame()
    return () => void waiting.delete(turn)
  }, [rows, drawn, isComplete])
  return <>{pieces.slice(0, drawn)}</>
}

let isFrameAsked = false

const askForFrame = (): void => {
  if (isFrameAsked) return
  isFrameAsked = true
  requestAnimationFrame(() => {
    isFrameAsked = false
    const [next] = [...waiting].sort((a, b) => a.drawn - b.drawn)
    next?.draw(next.drawn + 1)
    if (waiting.size > 0) askForFrame()
  })
}

/** The browser prints as soon as this has returned, so nothing may be put off. */
globalThis.addEventListener?.('beforeprint', () => {
  const { debounceRendering } = options
  options.debounceRendering = (render) => render()
  for (const { draw } of [...waiting]) draw(Number.POSITIVE_INFINITY)
  if (debounceRendering) options.debounceRendering = debounceRendering
  else delete options.debounceRendering
})
