import type { RegisteredApplication } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Input } from '../messages/protocol.ts'
import { requireAddress } from './address.ts'
import { readText } from './http.ts'
import type { Sessions } from './session.ts'

/**
 * Registers an application at the administrator's organization (RFC 7591), which makes its id and secret. Throws
 * `invalid-input`, `registration-unavailable`, `registration-refused`, `refused`.
 */
export const registerApplication = async (
  sessions: Sessions,
  { connectionId, clientName, redirectUri }: Input<'register-application'>,
): Promise<RegisteredApplication> => {
  const name = clientName.trim()
  if (name === '' || name.length > 200) throw new ProblemError('invalid-input', { field: 'clientName' })
  const response = await sessions.register(connectionId, {
    client_name: name,
    redirect_uris: [requireAddress(redirectUri, 'redirectUri').href],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const answer = parse(await readText(response))
  if (response.status === 403) throw new ProblemError('refused')
  if (!response.ok) {
    const code = typeof answer.error === 'string' ? answer.error : String(response.status)
    throw new ProblemError('registration-refused', { what: code.slice(0, 60) })
  }
  if (typeof answer.client_id !== 'string') throw new ProblemError('untrusted-answer')
  return {
    clientId: answer.client_id,
    ...(typeof answer.client_secret === 'string' && { clientSecret: answer.client_secret }),
  }
}

const parse = (text: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
