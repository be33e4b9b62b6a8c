import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENDPOINTS } from '../../server/oauth/seam/endpoints.ts'
import { type Spelling, spellingsOf } from './spellings.ts'
import {
  CALLERS,
  type Caller,
  type Kind,
  METHODS,
  type Method,
  openSurface,
  type Surface,
} from './whole-surface.ts'

/**
 * The kind of answer that every caller gets, or one for each caller: nobody, stranger, patient, clinician, administrator,
 * application.
 */
type Expected = Kind | readonly [Kind, Kind, Kind, Kind, Kind, Kind]
type Row = Partial<Record<Method, Expected>>

const document = (kind: Kind): Row => ({ GET: kind, HEAD: kind })
/** A page behind a browser's sign-in, which ignores tokens. */
const ownPage: Row = document('303 /login')
const ownForm: Row = { ...ownPage, POST: '403 page' }
/** A step of an authorization that does not exist. */
const step: Row = { ...document('400 page'), POST: '403 page' }

/** A kind that requires a token: 401 first, and then the answer for each role. */
const fhir = (
  patient: string,
  clinician = patient,
  administrator = patient,
  application = patient,
): Expected => [
  '401 fhir',
  '401 fhir',
  `${patient} fhir`,
  `${clinician} fhir`,
  `${administrator} fhir`,
  `${application} fhir`,
]
const everyOther = (expected: Expected, ...but: Method[]): Row =>
  Object.fromEntries(METHODS.filter((method) => !but.includes(method)).map((method) => [method, expected]))

/** Every route of the server, and the answer of each method to each caller; a method without a row is 404. */
const TABLE: Record<string, Row> = {
  '/oauth/authorize': { GET: '400 page', POST: '303 /oauth/authorize' },
  '/oauth/authorize/:uid': { GET: '400 page' },
  '/oauth/token': { POST: '400 error' },
  // An application cannot authenticate with a bearer token.
  '/oauth/introspect': {
    POST: ['401 error', '400 error', '400 error', '400 error', '400 error', '400 error'],
  },
  '/oauth/revoke': { POST: '400 error' },
  // The administrator's request is accepted, but it has no body.
  '/oauth/register': {
    POST: ['401 error', '401 error', '403 error', '403 error', '400 error', '403 error'],
  },
  '/oauth/register/:clientId': { GET: '401 error', PUT: '401 error', DELETE: '401 error' },
  '/oauth/applications': {
    GET: ['401 error', '401 error', '403 error', '403 error', '200 json', '403 error'],
  },
  '/oauth/applications/:clientId': {
    PUT: ['401 error', '401 error', '403 error', '403 error', '404 error', '403 error'],
    DELETE: ['401 error', '401 error', '403 error', '403 error', '404 error', '403 error'],
  },
  '/oauth/jwks': document('200 json'),
  '/oauth/userinfo': {
    GET: ['401 error', '401 error', '200 json', '200 json', '200 json', '403 error'],
    HEAD: ['401 error', '401 error', '200 json', '200 json', '200 json', '403 error'],
    POST: ['401 error', '401 error', '200 json', '200 json', '200 json', '403 error'],
  },
  '/.well-known/smart-configuration': document('200 json'),
  '/.well-known/openid-configuration': document('200 json'),
  '/.well-known/oauth-authorization-server': document('200 json'),
  '/_oauth/OAuth2Server': document('400 page'),

  '/': document('303 /account'),
  '/login': { ...document('200 page'), POST: '403 page' },
  '/login/:uid': step,
  // A link that does not exist.
  '/password/:token': { ...document('404 page'), POST: '403 page' },
  '/consent/:uid': step,
  '/consent/:uid/patient': step,
  '/consent/:uid/encounter': step,
  '/account': ownForm,
  '/account/disconnect': ownForm,
  '/account/connections/:id': ownForm,
  '/account/connections/:id/disconnect': ownForm,
  '/account/log': ownPage,
  '/account/log/download': { GET: '303 /login' },
  '/account/security': ownForm,
  '/ehr': ownForm,
  '/ehr/patient/:id': ownPage,
  '/ehr/launch': ownForm,

  '/fhir': { ...everyOther(fhir('405')), GET: fhir('400'), HEAD: fhir('400'), POST: fhir('400') },
  // Patient/pb: the record of a patient other than the caller.
  '/fhir/*': {
    ...everyOther(fhir('405')),
    GET: fhir('404', '200', '403', '200'),
    HEAD: fhir('404', '200', '403', '200'),
  },
  '/fhir/metadata': { ...everyOther(fhir('405')), ...document('200 fhir') },
  '/fhir/.well-known/smart-configuration': { ...everyOther(fhir('404')), ...document('200 json') },
  '/metadata': document('200 fhir'),

  '/audit/checkpoint': document('200 text'),
  '/audit/key': document('200 text'),
  '/audit/proof/consistency': document('400 error'),
  '/audit/proof/inclusion': {
    GET: ['401 error', '401 error', '400 error', '403 error', '400 error', '400 error'],
    HEAD: ['401 error', '401 error', '400 error', '403 error', '400 error', '400 error'],
  },

  '/brands.json': document('200 fhir'),
  '/smart-style.json': document('200 json'),
  '/assets/pages.css': document('200 text'),
  '/healthz': document('200 json'),
  '/readyz': document('200 json'),
}

/** If a spelling of one address is the correct spelling of another, it has that one's row. */
const ALSO: Record<string, string> = {
  '/login': '/login/:uid',
  '/consent/:uid/patient': '/consent/:uid',
  '/consent/:uid/encounter': '/consent/:uid',
  '/account/connections/:id/disconnect': '/account/connections/:id',
}

const pathOf = (url: string) => url.replace('/*', '/Patient/pb').replace(/:\w+/g, 'nobodys')

const expectedFor = (url: string, method: Method, caller: Caller): Kind | undefined => {
  const expected = TABLE[url]?.[method]
  return typeof expected === 'object' ? expected[CALLERS.indexOf(caller)] : expected
}

const NOWHERE = /^404 (page|error|fhir)$/
const REFUSED_FHIR = /^(400|401|403|404|405) fhir$/

let surface: Surface
beforeAll(async () => {
  surface = await openSurface()
})
afterAll(() => surface.close())

/** Every method by every caller, in parallel. */
const askAll = (target: string, judge: (kind: Kind, method: Method, caller: Caller) => string | undefined) =>
  Promise.all(
    METHODS.flatMap((method) =>
      CALLERS.map(async (caller) => {
        const kind = await surface.ask(method, target, caller)
        const fault = judge(kind, method, caller)
        return fault === undefined ? [] : [`${method} ${target} by ${caller}: ${kind}, not ${fault}`]
      }),
    ),
  ).then((faults) => faults.flat())

test('F01 every route and method of the running server has its row, and every row its route', () => {
  const own = (methods: Iterable<string>) =>
    [...methods].filter((method) => METHODS.includes(method as Method)).sort()
  const registered = [...surface.routes].map(([url, methods]) => [url, own(methods)] as const)
  const rows = Object.entries(TABLE).map(([url, row]) => {
    // Below B/fhir one route answers every method; documents there have their own routes for reading.
    const isDocument = url.startsWith('/fhir/') && url !== '/fhir/*'
    return [url, own(isDocument ? ['GET', 'HEAD'] : Object.keys(row))] as const
  })
  expect(Object.fromEntries(registered)).toEqual(Object.fromEntries(rows))
  for (const { path } of Object.values(ENDPOINTS)) expect(TABLE).toHaveProperty([path])
})

describe('F01, F02 the whole surface, for a caller without a token, a stranger, a patient, a clinician, an administrator and an application', () => {
  test.each(Object.keys(TABLE))('%s', { timeout: 60_000 }, async (url) => {
    const faults = await askAll(pathOf(url), (kind, method, caller) => {
      const expected = expectedFor(url, method, caller)
      if (expected === undefined) return NOWHERE.test(kind) ? undefined : 'nowhere'
      return kind === expected ? undefined : expected
    })
    expect(faults).toEqual([])
  })

  test.each(Object.keys(TABLE))(
    '%s in every other spelling behaves the same, or does not exist',
    { timeout: 60_000 },
    async (url) => {
      const before = await surface.contents()
      for (const { name, target } of spellingsOf(pathOf(url))) {
        const faults = await askAll(target, (kind, method, caller) => {
          const expected = expectedFor(url, method, caller)
          if (kind === expected || (NOWHERE.test(kind) && (expected === undefined || !isSame(url, name))))
            return undefined
          if (kind === expectedFor(ALSO[url] ?? '', method, caller)) return undefined
          if (url.startsWith('/fhir') && REFUSED_FHIR.test(kind)) return undefined
          return expected ?? 'nowhere'
        })
        expect(faults, name).toEqual([])
      }
      expect(await surface.contents()).toEqual(before)
    },
  )
})

/** Spellings that every router treats as the same address; below B/fhir, letters are compared literally. */
const isSame = (url: string, name: Spelling): boolean =>
  !url.startsWith('/fhir') && ['an escaped letter', 'absolute form', 'query'].includes(name)
