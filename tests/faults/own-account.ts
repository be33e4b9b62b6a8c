import { createUserAgent } from '../fixtures/user-agent.ts'

/** John at the organization itself, signed in at one server; his requests may go to any of the organization's. */
export interface OwnAccount {
  /** The headers of who is signed in. */
  readonly signedIn: { readonly cookie: string }
  /** The form of `B/login` as a browser sends it that has it open; it is taken as often as it is sent. */
  readonly login: RequestInit & { readonly headers: Record<string, string> }
}

export const openAccount = async (url: string): Promise<OwnAccount> => {
  const agent = createUserAgent(url)
  const cookie = () => [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const page = await agent.open('/login')
  const visitor = cookie()
  const [, form_token] = /name="form_token" value="([^"]+)"/.exec(page.html) ?? []
  if (!form_token) throw new Error(`There is no form at ${page.url}.`)
  const fields = { username: 'john', password: 'john-demo' }
  await agent.submit(page, fields)
  return {
    signedIn: { cookie: cookie() },
    login: {
      method: 'POST',
      headers: { cookie: visitor, origin: url },
      body: new URLSearchParams({ ...fields, form_token }),
    },
  }
}
