import type { Answer } from '../integration/fhir/guarded-server.ts'
import { startGateway } from '../integration/upstream/gateway.ts'

/** What a gateway in a process of its own has read, and the most memory that it took. */
export interface Taken {
  readonly rows: number
  readonly statuses: readonly number[]
  /** Resident memory in MB, at its highest. */
  readonly peak: number
  /** Of the heap, what is in use at the end, in MB. */
  readonly heap: number
}

/** Pages of each search; a search that ends before begins again, so that as much is asked of a small server. */
const PAGES = 400

/** Reads what the FHIR server at this address has, and says what that took. */
const read = async (base: string): Promise<Taken> => {
  const gateway = await startGateway(base)
  let rows = 0
  const statuses = new Set<number>()
  const ask = async (path: string): Promise<Answer> => {
    const answer = await gateway.get(path, 'TA')
    rows += answer.json.entry?.length ?? 0
    statuses.add(answer.status)
    return answer
  }
  for (const first of ['Observation?_count=200', 'Patient/pa/$everything?_count=200']) {
    let path = first
    for (let page = 0; page < PAGES; page++) {
      const { json } = await ask(path)
      const next = json.link?.find(({ relation }: { relation: string }) => relation === 'next')
      path = next?.url ?? first
    }
  }
  for (let at = 0; at < 10; at++)
    for (const search of [
      'Observation?_summary=count',
      'Observation?_total=accurate&_count=20',
      'Observation?_elements=code&_count=200&code=none',
    ])
      await ask(search)
  global.gc?.()
  await gateway.close()
  return {
    rows,
    statuses: [...statuses],
    peak: process.resourceUsage().maxRSS / 1024,
    heap: process.memoryUsage().heapUsed / 1_048_576,
  }
}

process.once('message', async (base) => {
  process.send?.(await read(String(base)))
  process.disconnect()
})
