import { randomUUID } from 'node:crypto'
import { carekeyAt, signIn } from '../fixtures/sign-in.ts'
import { openAccount } from './own-account.ts'

/** John's applications and his browser, which read his record and his account until their server is gone. */
export interface RecordLoad {
  /** Reads, searches, sends batches, opens the account and signs in to it, until an answer fails to come. */
  run(base: string, onAnswer: () => void): Promise<void>
  /** Every request by its id: its number of entries in the access log, and whether it was answered. */
  readonly requests: ReadonlyMap<string, { readonly entries: number; readonly answered: boolean }>
  /** Faults, as sentences. */
  readonly faults: readonly string[]
}

interface Kind {
  readonly entries: number
  readonly path: string
  readonly init: RequestInit & { headers: Record<string, string> }
  readonly status: number
}

/** @param desk a server that is not killed, where John signs in. */
export const createRecordLoad = async (desk: string): Promise<RecordLoad> => {
  const scope = 'launch/patient patient/*.rs'
  const { access_token } = await signIn(desk, { username: 'john', scope, application: carekeyAt(desk) })
  const bearer = { authorization: `Bearer ${access_token}` }
  const account = await openAccount(desk)

  const batch = ['Patient/john-doe', 'Observation?_count=2', 'Condition?_count=1'].map((url) => ({
    request: { method: 'GET', url },
  }))
  const kinds: readonly Kind[] = [
    { entries: 1, path: '/fhir/Patient/john-doe', init: { headers: bearer }, status: 200 },
    {
      entries: 1,
      path: '/fhir/Observation?category=vital-signs&_count=5',
      init: { headers: bearer },
      status: 200,
    },
    {
      entries: batch.length,
      path: '/fhir',
      init: {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/fhir+json' },
        body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: batch }),
      },
      status: 200,
    },
    { entries: 1, path: '/account/log', init: { headers: account.signedIn }, status: 200 },
    { entries: 1, path: '/login', init: account.login, status: 303 },
  ]
  const requests = new Map<string, { entries: number; answered: boolean }>()
  const faults: string[] = []

  /** Whether the answer arrived. */
  const ask = async (base: string, { entries, path, init, status }: Kind): Promise<boolean> => {
    const id = randomUUID()
    const request = { entries, answered: false }
    requests.set(id, request)
    try {
      const headers = { ...init.headers, 'x-request-id': id }
      const response = await fetch(`${base}${path}`, { ...init, headers, redirect: 'manual' })
      await response.arrayBuffer()
      if (response.status === 503) return false
      request.answered = true
      if (response.status !== status) faults.push(`${path} was answered with ${response.status}`)
      return true
    } catch {
      return false
    }
  }

  return {
    run: async (base, onAnswer) => {
      await Promise.all(
        kinds.map(async (kind) => {
          while (await ask(base, kind)) onAnswer()
        }),
      )
    },
    requests,
    faults,
  }
}
