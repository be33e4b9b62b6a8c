/** The thread of `prepare-aside.ts`. */
import { parentPort } from 'node:worker_threads'
import { type Accepted, judgeRecord } from './judge-record.ts'
import type { PreparedTexts, TextsToPrepare } from './prepare-aside.ts'
import { recordsIn, type SourceText } from './records.ts'

/** Thrown where the decision needs the other resources. */
class NeedsStore extends Error {}
const findNothing = () => Promise.reject(new NeedsStore())

const prepareText = async (text: SourceText, now: number): Promise<readonly Accepted[] | undefined> => {
  const accepted: Accepted[] = []
  try {
    for (const record of recordsIn(text)) {
      const judgment = 'unreadable' in record ? undefined : await judgeRecord(record, now, findNothing, false)
      if (!judgment || !('prepared' in judgment)) return undefined
      accepted.push(judgment)
    }
  } catch (error) {
    if (error instanceof NeedsStore) return undefined
    throw error
  }
  return accepted
}

parentPort?.on('message', async ({ texts, now }: TextsToPrepare) => {
  const prepared: PreparedTexts = await Promise.all(texts.map((text) => prepareText(text, now)))
  parentPort?.postMessage(prepared)
})
