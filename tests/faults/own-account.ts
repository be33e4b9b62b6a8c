import { createUserAgent } from '../fixtures/user-agent.ts'

/** John signed in at one server of the organization. His requests may go to any of its servers. */
interface OwnAccount {
  /** The headers of a signed-in browser. */
  readonly signedIn: { readonly cookie: string }
  /** The form of `B/login` as an open page in his browser sends it. It may be sent any number of times. */
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
