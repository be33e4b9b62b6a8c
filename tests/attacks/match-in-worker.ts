import { parentPort, workerData } from 'node:worker_threads'

/** Matches each expression it receives against the texts of its attack, and answers when it is done. */
const { length, parts } = workerData as { length: number; parts: string[] }
const texts = parts.map((part) => part.repeat(length / part.length))

parentPort?.on('message', ({ source, flags }: { source: string; flags: string }) => {
  // At every position of the text, as `replace` does.
  for (const text of texts)
    for (const end of ['!', '\0']) `${text}${end}`.replace(new RegExp(source, flags), '')
  parentPort?.postMessage('done')
})
