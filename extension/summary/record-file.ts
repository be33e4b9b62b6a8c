import type { Problem } from '../messages/errors.ts'
import type { ExportedPage } from '../messages/record-export.ts'
import type { Connection } from '../messages/state.ts'
import { problemOf } from '../ui/problem.ts'

export interface RecordFile {
  /** A FHIR R4 Bundle of type collection, to be put together as it stands. */
  parts: string[]
  resources: number
  /** What is not in it, by organization. */
  missing: { organization: string; type?: string; problem?: Problem }[]
}

type Read = (request: { connectionId: string; next?: string }) => Promise<ExportedPage>

const mostPages = 1000
const mostCharacters = 200_000_000

/**
 * Reads the record of every connection into one file, page by page, so that nothing here is ever parsed or written as a whole.
 * An organization that does not answer takes nothing away from the others.
 */
export const collectRecord = async (
  connections: Connection[],
  read: Read,
  progress: (resources: number) => void,
): Promise<RecordFile> => {
  const seen = new Set<string>()
  const missing: RecordFile['missing'] = []
  const parts = [`{"resourceType":"Bundle","type":"collection","timestamp":"${new Date().toISOString()}"`]
  let resources = 0
  let characters = 0

  const add = ({ entries, resources: more }: ExportedPage): void => {
    let repeated = 0
    for (const { fullUrl, json } of entries) {
      // What several pages name, a practitioner say, comes with each of them.
      if (seen.has(fullUrl)) repeated++
      else {
        parts.push(seen.size === 0 ? ',"entry":[\n' : ',\n', json)
        seen.add(fullUrl)
        characters += json.length
      }
    }
    resources += Math.max(0, more - repeated)
    progress(resources)
  }

  for (const { id: connectionId, providerName: organization } of connections) {
    let next: string | undefined
    try {
      for (let pages = 1; ; pages++) {
        const page = await read({ connectionId, ...(next !== undefined && { next }) })
        add(page)
        if (page.leftOut) missing.push({ organization, ...page.leftOut })
        if (page.warning) missing.push({ organization, problem: page.warning })
        if (page.next === undefined) break
        if (page.next === next || pages === mostPages || characters > mostCharacters) {
          missing.push({ organization })
          break
        }
        next = page.next
      }
    } catch (error) {
      missing.push({ organization, problem: problemOf(error) })
    }
  }
  parts.push(seen.size === 0 ? '}' : '\n]}')
  return { parts, resources, missing }
}
