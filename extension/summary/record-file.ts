import { type Code, type Problem, ProblemError } from '../messages/errors.ts'
import type { ExportedPage } from '../messages/protocol.ts'
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

/** Of one organization. */
const mostPages = 1000
const mostCharacters = 100_000_000
const longest = 10 * 60_000
/** Of all: where there are many organizations, each has its share, and none takes another's. */
const mostOfAll = 400_000_000

/**
 * Reads the record of every connection into one file, page by page, so that nothing here is ever parsed or written as a whole.
 * Each organization is read by itself, at the same time, and up to limits of its own: one that is slow, that does not answer or
 * that never ends takes nothing away from the others. Throws `locked`, `signed-out` and `abandoned`: then the person wanted no
 * file any more, not even of what had come.
 */
export const collectRecord = async (
  connections: Connection[],
  read: Read,
  progress: (resources: number) => void,
): Promise<RecordFile> => {
  const seen = new Set<string>()
  const share = Math.min(mostCharacters, Math.floor(mostOfAll / connections.length))
  let resources = 0
  let isOver = false

  const readFrom = async ({ id: connectionId, providerName: organization }: Connection) => {
    const entries: string[] = []
    const missing: RecordFile['missing'] = []
    const end = performance.now() + longest
    let characters = 0

    const add = (page: ExportedPage): void => {
      let repeated = 0
      for (const { fullUrl, json } of page.entries) {
        // What several pages name, a practitioner say, comes with each of them.
        if (seen.has(fullUrl)) repeated++
        else {
          seen.add(fullUrl)
          entries.push(entryText(fullUrl, json))
          characters += json.length
        }
      }
      resources += Math.max(0, page.resources - repeated)
      progress(resources)
    }

    let next: string | undefined
    try {
      for (let pages = 1; !isOver; pages++) {
        const page = await read({ connectionId, ...(next !== undefined && { next }) })
        add(page)
        if (page.leftOut) missing.push({ organization, ...page.leftOut })
        if (page.warning) missing.push({ organization, problem: page.warning })
        if (page.next === undefined) break
        if (characters > share) throw new ProblemError('too-large', { what: `${Math.floor(share / 1e6)} MB` })
        if (performance.now() > end) throw new ProblemError('too-slow')
        if (page.next === next || pages === mostPages) {
          missing.push({ organization })
          break
        }
        next = page.next
      }
    } catch (error) {
      const problem = problemOf(error)
      isOver ||= ending.has(problem.code)
      if (isOver) throw error
      missing.push({ organization, problem })
    }
    return { entries, missing }
  }

  const found = await Promise.all(connections.map(readFrom))
  const entries = found.flatMap((each) => each.entries)
  return {
    parts: [
      `{"resourceType":"Bundle","type":"collection","timestamp":"${new Date().toISOString()}"`,
      ...entries.flatMap((json, index) => [index === 0 ? ',"entry":[\n' : ',\n', json]),
      entries.length === 0 ? '}' : '\n]}',
    ],
    resources,
    missing: found.flatMap((each) => each.missing),
  }
}

/** What a person did, or the time without use: what an organization ends has other codes. */
const ending: ReadonlySet<Code> = new Set(['locked', 'signed-out', 'abandoned'])

/** Throws for what is no JSON by itself: in the file, it would end its own entry and begin others. */
const entryText = (fullUrl: string, json: string): string => {
  JSON.parse(json)
  return `{"fullUrl":${JSON.stringify(fullUrl)},"resource":${json}}`
}
