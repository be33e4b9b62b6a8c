import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Code } from '../../../extension/messages/errors.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import { clearBrowser, createWorker } from '../../fixtures/worker.ts'

/** The organization that holds the record, and another one, whose sign-in page it may name. */
let record: ScriptedOrganization
let honest: ScriptedOrganization
let third: ScriptedOrganization

beforeAll(async () => {
  ;[record, honest, third] = await Promise.all([
    startScriptedOrganization(),
    startScriptedOrganization(),
    startScriptedOrganization(),
  ])
})
afterAll(() => Promise.all([record, honest, third].map((each) => each.close())))

/** Where a sign-in window was opened. */
let windows: string[] = []

beforeEach(async () => {
  await clearBrowser()
  for (const each of [record, honest, third]) {
    each.script = {}
    each.requests.length = 0
  }
  windows = []
  answerAtOnce(record, honest)
  const answer = fakeBrowser.identity.launchWebAuthFlow
  fakeBrowser.identity.launchWebAuthFlow = async (details) => {
    windows.push(new URL(details.url).origin)
    const answered = new URL(await answer(details))
    if (isSilent) answered.searchParams.delete('iss')
    return answered.href
  }
  isSilent = false
})
/** No answer names its sender. */
let isSilent = false

/** @param login the configured login URL. */
const signIn = async (login: string) => {
  const worker = createWorker()
  const { id: providerId } = await worker.providers.save({
    name: 'Clinic',
    clientId: 'carekey',
    fhirBase: `${record.url}/fhir`,
    authorizationEndpoint: login,
    redirectUri: '',
  })
  await worker.signIn({ providerId, purpose: 'record' })
  return Object.values(await items.sessions.get())[0]
}

const pages = ({ url }: ScriptedOrganization) => ({
  authorization_endpoint: `${url}/oauth/authorize`,
  token_endpoint: `${url}/oauth/token`,
})

const oauthUris = (uris: Record<string, string>) => ({
  resourceType: 'CapabilityStatement',
  rest: [
    {
      security: {
        extension: [
          {
            url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
            extension: Object.entries(uris).map(([url, valueUri]) => ({ url, valueUri })),
          },
        ],
      },
    },
  ],
})

interface Refused {
  record: string
  code: Code
  /** Whose sign-in page the login URL in the form is; the record's own unless said. */
  login?: 'honest'
  setUp: () => void
}

const REFUSED: Refused[] = [
  {
    record: "an honest issuer and its sign-in page beside the record's own token endpoint",
    code: 'issuer-unconfirmed',
    login: 'honest',
    setUp: () => {
      const { token_endpoint } = pages(record)
      record.script.configuration = { ...pages(honest), issuer: honest.url, token_endpoint }
    },
  },
  {
    record: "an honest sign-in page beside the record's own token endpoint, and no issuer",
    code: 'foreign-endpoint',
    login: 'honest',
    setUp: () => {
      record.script.configuration = {
        ...pages(honest),
        token_endpoint: pages(record).token_endpoint,
        issuer: undefined,
      }
    },
  },
  {
    record: 'the same in a CapabilityStatement',
    code: 'foreign-endpoint',
    login: 'honest',
    setUp: () => {
      const { authorization_endpoint: authorize } = pages(honest)
      record.script.statement = oauthUris({ authorize, token: pages(record).token_endpoint })
    },
  },
  {
    record: 'an issuer of its own, whose document names an honest sign-in page, if answers name no sender',
    code: 'foreign-endpoint',
    login: 'honest',
    setUp: () => {
      const { authorization_endpoint } = pages(honest)
      record.script.configuration = {
        authorization_endpoint,
        authorization_response_iss_parameter_supported: false,
      }
    },
  },
  {
    record: 'an issuer without a document',
    code: 'issuer-unconfirmed',
    setUp: () => {
      record.script.issuerDocument = null
    },
  },
  {
    record: 'an issuer whose document names no token endpoint',
    code: 'issuer-unconfirmed',
    setUp: () => {
      record.script.issuerDocument = { token_endpoint: undefined }
    },
  },
  {
    record: 'an issuer whose document names another token endpoint at the same host',
    code: 'issuer-unconfirmed',
    setUp: () => {
      record.script.issuerDocument = { token_endpoint: `${record.url}/other/token` }
    },
  },
  {
    record: 'an issuer whose document names another issuer',
    code: 'issuer-mismatch',
    setUp: () => {
      record.script.issuerDocument = { issuer: `${record.url}/` }
    },
  },
  {
    record: 'a token endpoint at a third host',
    code: 'foreign-endpoint',
    login: 'honest',
    setUp: () => {
      record.script.configuration = { ...pages(honest), token_endpoint: pages(third).token_endpoint }
    },
  },
  {
    record: 'a revocation endpoint at a third host, in the document of its issuer',
    code: 'foreign-endpoint',
    setUp: () => {
      record.script.issuerDocument = { revocation_endpoint: `${third.url}/oauth/revoke` }
    },
  },
]

const ROWS = REFUSED.map((row) => [row.record, row] as const)

const loginOf = ({ login }: Refused) => pages(login ? honest : record).authorization_endpoint

describe('J57 every address that is sent a code or a token comes from one document', () => {
  it.each(ROWS)('a record that names %s is refused before a window opens', async (_record, refused) => {
    refused.setUp()
    await expect(signIn(loginOf(refused))).rejects.toMatchObject({ code: refused.code })
    expect(windows).toEqual([])
    for (const each of [record, honest, third]) expect(each.requestsTo('/oauth/token')).toBe(0)
    expect(third.requests).toEqual([])
  })

  it.each(ROWS)('Autoscan foretells that a record that names %s is refused', async (_record, refused) => {
    refused.setUp()
    const { answers } = createWorker()
    const { findings } = await answers.autoscan({ url: record.url, authorizationEndpoint: loginOf(refused) })
    expect(findings).toContainEqual({ level: 'must', code: refused.code })
    expect(third.requests).toEqual([])
  })

  it('a configured login URL that the organization does not name is refused', async () => {
    await expect(signIn(`${record.url}/another/authorize`)).rejects.toMatchObject({
      code: 'foreign-endpoint',
    })
    expect(windows).toEqual([])
  })

  it("an organization at two hosts is accepted if the issuer's own document says so", async () => {
    const named = { issuer: honest.url, ...pages(honest) }
    record.script.configuration = { ...named, revocation_endpoint: `${record.url}/oauth/revoke` }
    record.script.claims = { iss: honest.url }
    const session = await signIn(pages(honest).authorization_endpoint)
    expect(session?.server).toEqual({ issuer: honest.url, token_endpoint: pages(honest).token_endpoint })
    expect(windows).toEqual([honest.url])
    expect([record, honest].map((each) => each.requestsTo('/oauth/token'))).toEqual([0, 1])
    const { findings } = await createWorker().answers.autoscan({
      url: record.url,
      authorizationEndpoint: pages(honest).authorization_endpoint,
    })
    expect(findings.filter(({ level }) => level === 'must')).toEqual([])
  })

  it('Autoscan says that it did not contact an issuer at a host that nobody named', async () => {
    record.script.configuration = { issuer: honest.url, ...pages(honest) }
    const { findings } = await createWorker().answers.autoscan({ url: record.url })
    expect(findings).toContainEqual({ level: 'should', code: 'issuer-elsewhere' })
    expect(honest.requests).toEqual([])
  })

  it.each([
    ["the record's", () => record],
    ["the configured login's", () => honest],
  ])('an organization that names no issuer is accepted with its addresses at %s host', async (_whose, at) => {
    const { authorization_endpoint: authorize, token_endpoint: token } = pages(at())
    isSilent = true
    at().script.tokens = { id_token: undefined }
    record.script.statement = oauthUris({ authorize, token })
    expect(await signIn(authorize)).toMatchObject({ server: { issuer: `${record.url}/fhir` } })
    expect(at().requestsTo('/oauth/token')).toBe(1)
  })
})
