import { parentPort, workerData } from 'node:worker_threads'
import { ownAlphabet, textsOf } from './own-alphabet.ts'

/** Matches each expression it receives against the texts of its attack, and answers when it is done. */
const { length, parts } = workerData as { length: number; parts: string[] }
const texts = parts.map((part) => part.repeat(length / part.length))

parentPort?.on('message', ({ source, flags }: { source: string; flags: string }) => {
  const expression = new RegExp(source, flags)
  // At every position of the text, as `replace` does.
  const match = (text: string) => {
    for (const end of ['!', '\0']) `${text}${end}`.replace(expression, '')
  }
  for (const text of texts) match(text)
  for (const text of textsOf(ownAlphabet(source), length)) match(text)
  parentPort?.postMessage('done')
})
