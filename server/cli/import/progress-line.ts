import { type Terminal, writeLine } from '../../start/terminal.ts'
import type { ImportProgress } from './import-records.ts'

/** Shows progress after the first second: on a terminal one line that is rewritten, elsewhere a line every five seconds. */
export const progressLine = ({ stderr }: Pick<Terminal, 'stderr'>) => {
  const terminal = stderr.isTTY
  const startedAt = performance.now()
  let next = startedAt + 1000
  let isVisible = false
  const clear = () => {
    if (isVisible && terminal) stderr.write('\r\x1b[K')
    isVisible = false
  }
  /** @param text the command's own. */
  const show = (text: string) => {
    stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`)
    isVisible = true
  }
  return {
    show: ({ files, resources }: ImportProgress) => {
      const now = performance.now()
      if (now < next) return
      next = now + (terminal ? 100 : 5000)
      const rate = Math.round((resources * 1000) / (now - startedAt))
      const [filesRead, seen, aSecond] = [files, resources, rate].map((it) => it.toLocaleString('en-US'))
      show(`${filesRead} files read, ${seen} resources seen, ${aSecond} a second`)
    },
    /** Shows a text in the place of the numbers. */
    say: (text: string) => {
      if (performance.now() >= startedAt + 1000) show(text)
    },
    /** Prints a separate line. */
    printLine: (line: string) => {
      clear()
      writeLine(stderr, line)
    },
    clear,
  }
}
