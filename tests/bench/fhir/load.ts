import type { Sample } from '../comparison.ts'
import { openConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { type LoadOptions, load } from '../load.ts'

export interface SearchLoad {
  readonly port: number
  readonly accessToken: string
  readonly searches: readonly (Pick<LoadOptions, 'waiting' | 'warmMs' | 'forMs'> & {
    readonly variant: string
    readonly search: string
  })[]
}

export interface SearchLoaded {
  readonly samples: Record<string, Sample>
  /** What was answered, by search: the contenders must not differ. */
  readonly bodies: Record<string, string>
}

answerJob(async ({ port, accessToken, searches }: SearchLoad): Promise<SearchLoaded> => {
  const samples: Record<string, Sample> = {}
  const bodies: Record<string, string> = {}
  for (const { variant, search, ...options } of searches) {
    const request = `GET /fhir/Patient?${search} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${accessToken}\r\naccept: application/fhir+json\r\n\r\n`
    const connection = openConnection(port)
    const { status, body } = await connection.send(request)
    connection.close()
    if (status !== 200) throw new Error(`Patient?${search} was answered with ${status}: ${body}`)
    bodies[search] = body
    samples[variant] = await load({ port, ...options }, async (connection) => {
      const answer = await connection.send(request)
      if (answer.body.length !== body.length) throw new Error(`Another answer: ${answer.body}`)
    })
  }
  return { samples, bodies }
})
