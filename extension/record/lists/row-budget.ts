import { cutMark, type RecordEntry } from '../../messages/record-lists.ts'
import { LONGEST_PART, MOST_DRAWN, weightOfText } from '../budget.tsx'
import { cutSaid, detailLines, rowWords } from './entry-words.ts'

/** How many elements a row without details is made of, and a line of its details. */
const ROW = 10
const LINE = 4
/** As many characters of paragraphs that nobody sees yet are as much work as one element. */
const UNSEEN = 100
/** A narrative has fewer elements, and its text weighs less, than its length by this. */
const OF_NARRATIVE = 4

/** The details of an entry as far as they are drawn: all together have the budget of a narrative. */
export const drawnLines = (entry: RecordEntry): ReturnType<typeof detailLines> => {
  const lines: ReturnType<typeof detailLines> = []
  let left = MOST_DRAWN
  for (const { label, text } of detailLines(entry)) {
    left -= LINE
    const room = Math.max(0, left * UNSEEN)
    left -= (label.length + text.length) / UNSEEN
    if (left >= 0) lines.push({ label, text })
    else {
      const shown = text.slice(0, Math.max(0, room - label.length))
      return [...lines, { label: label.slice(0, room), text: shown + cutSaid(cutMark, entry.source) }]
    }
  }
  return lines
}

/** How much work a row is whose details are closed, counted as by `weightOf`: whatever an organization wrote into it. */
export const weightOfRow = (entry: RecordEntry): number => {
  const { recordedName: _, ...drawn } = rowWords(entry)
  return ROW + weightOfText(Object.values(drawn).join(''))
}

/** How much work a row is that is drawn with its details and its narrative. */
export const weightOfEntry = (entry: RecordEntry): number => {
  const lines = drawnLines(entry)
  const texts = lines.map(({ label, text }) => label + text).join('')
  return (
    weightOfRow(entry) +
    LINE * lines.length +
    // A first paragraph is seen with its row.
    weightOfText(texts.slice(0, LONGEST_PART)) +
    texts.length / UNSEEN +
    Math.min(MOST_DRAWN, (entry.narrative ?? '').length / OF_NARRATIVE)
  )
}
