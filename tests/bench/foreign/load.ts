import type { Sample, Side } from '../comparison.ts'
import { openConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { median } from '../statistics.ts'

export interface AttemptLoad {
  readonly port: number
  readonly accessToken: string
  /** Ids of observations that must not be readable. */
  readonly ids: Readonly<Record<Side, string>>
  /** The number of attempts for each id. */
  readonly attempts: number
}

/** Attempts before the measurement, for the connection and for whatever the server does the first time. */
const WARM = 50

const ORDERS: readonly (readonly Side[])[] = [
  ['ours', 'bare'],
  ['bare', 'ours'],
]

/** Makes one attempt after the other and times each, in pairs whose order alternates. */
answerJob(async ({ port, accessToken, ids, attempts }: AttemptLoad): Promise<Record<Side, Sample>> => {
  const connection = openConnection(port)
  const timed = async (id: string): Promise<number> => {
    const request = `GET /fhir/Observation/${id} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${accessToken}\r\naccept: application/fhir+json\r\n\r\n`
    const start = performance.now()
    const { status, body } = await connection.send(request)
    const time = performance.now() - start
    if (status !== 404) throw new Error(`Observation/${id} was answered with ${status}: ${body}`)
    return time
  }
  const times: Record<Side, number[]> = { ours: [], bare: [] }
  for (let pair = -WARM; pair < attempts; pair++)
    for (const side of ORDERS[Math.abs(pair) % 2] ?? []) {
      const time = await timed(ids[side])
      if (pair >= 0) times[side].push(time)
    }
  connection.close()
  const sample = (side: Side): Sample => ({ value: median(times[side]), times: times[side] })
  return { ours: sample('ours'), bare: sample('bare') }
})
