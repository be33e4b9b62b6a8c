/** Values that must never be stored or logged, collected from forms, headers, answers and redirects. */
interface Secrets {
  sent(request: Request, body: string): void
  received(response: Response, body: string): void
  /** Returns those that a text contains. */
  in(text: string): string[]
}

const IN_FORMS = [
  'code',
  'code_verifier',
  'refresh_token',
  'token',
  'password',
  'client_secret',
  'form_token',
]
const IN_ANSWERS = ['access_token', 'refresh_token', 'id_token', 'client_secret', 'registration_access_token']

export const collectSecrets = (known: readonly string[]): Secrets => {
  const secrets = new Set(known)
  const add = (value: unknown) => {
    // A shorter value is a mistake in the test, and could occur in any text.
    if (typeof value === 'string' && value.length >= 8) secrets.add(value)
  }

  return {
    sent: ({ headers, url }, body) => {
      // In other places `code` is a search parameter.
      const isOauth = !new URL(url).pathname.startsWith('/fhir')
      for (const text of isOauth ? [body, new URL(url).search] : [])
        for (const [name, value] of new URLSearchParams(text)) if (IN_FORMS.includes(name)) add(value)
      const [scheme = '', credential = ''] = headers.get('authorization')?.split(' ') ?? []
      add(credential)
      if (scheme === 'Basic') add(Buffer.from(credential, 'base64').toString().split(':')[1])
      for (const cookie of headers.get('cookie')?.split('; ') ?? []) add(cookie.split('=')[1])
    },
    received: ({ headers }, body) => {
      add(URL.parse(headers.get('location') ?? '')?.searchParams.get('code'))
      for (const cookie of headers.getSetCookie()) add(/=([^;]+)/.exec(cookie)?.[1])
      if (!headers.get('content-type')?.includes('json')) return
      const answer = JSON.parse(body || 'null') as Record<string, unknown> | null
      for (const name of IN_ANSWERS) add(answer?.[name])
    },
    in: (text) => [...secrets].filter((secret) => text.includes(secret)),
  }
}
