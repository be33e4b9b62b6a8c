import type { Sample } from '../comparison.ts'
import { openConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { type LoadOptions, load } from '../load.ts'

export interface RequestLoad extends LoadOptions {
  readonly accessToken: string
  /** Below the FHIR base. */
  readonly path: string
}

export interface RequestLoaded {
  readonly sample: Sample
  /** The answer; the contenders' answers must not differ. */
  readonly body: string
  /** The number of all requests, including those of the warm-up. */
  readonly requests: number
}

answerJob(async ({ accessToken, path, ...options }: RequestLoad): Promise<RequestLoaded> => {
  const { port } = options
  const request = `GET /fhir/${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${accessToken}\r\naccept: application/fhir+json\r\n\r\n`
  const connection = openConnection(port)
  const { status, body } = await connection.send(request)
  connection.close()
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body}`)
  let requests = 1
  const sample = await load(options, async (connection) => {
    const answer = await connection.send(request)
    if (answer.status !== 200 || answer.body.length !== body.length)
      throw new Error(`Another answer, ${answer.status}: ${answer.body}`)
    requests++
  })
  return { sample, body, requests }
})
