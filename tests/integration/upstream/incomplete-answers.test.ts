import type { Bundle, BundleEntry } from '@medplum/fhirtypes'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../fhir/guarded-server.ts'
import { startGateway } from './gateway.ts'
import { idsIn, OWN, useTwistedUpstream } from './twisted-upstream.ts'

const front = useTwistedUpstream()

/** An entry that says something about the page. */
const remark = (severity: string, code: string): BundleEntry =>
  ({
    resource: { resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics: 'UPSTREAM SAYS' }] },
    search: { mode: 'outcome' },
  }) as BundleEntry
const missing = remark('warning', 'incomplete')

/** What is said about an answer, besides its resources. */
const notesIn = ({ json }: Answer): string[] =>
  ((json.entry ?? []) as BundleEntry[])
    .filter(({ search }) => search?.mode === 'outcome')
    .flatMap(({ resource }) => (resource?.resourceType === 'OperationOutcome' ? (resource.issue ?? []) : []))
    .map(({ code, diagnostics }) => `${code}: ${diagnostics}`)
const SAID = expect.stringMatching(/^incomplete: .*may have left something out/)

/** Leaves two rows and no further page, for searches that `isMeant`. */
const cut =
  (change: (bundle: Bundle) => unknown, isMeant: (type: string) => boolean = () => true) =>
  (bundle: Bundle, type: string) => {
    if (!isMeant(type)) return
    bundle.entry = (bundle.entry ?? []).slice(0, 2)
    delete bundle.link
    delete bundle.total
    change(bundle)
  }
const withRemark = (bundle: Bundle) => bundle.entry?.push(missing)
const withTotal = (bundle: Bundle) => {
  bundle.total = OWN
}

describe.each([
  ['says that results are missing', withRemark],
  ['states more results than it gives', withTotal],
])('of a server that %s', (_what, change) => {
  test.each(['', '?_total=accurate', '?_sort=-date', '?_summary=count'])(
    'an answer says so, and has no total: Observation%s',
    async (query) => {
      front.upstream.twist = { answer: cut(change) }
      const answer = await front.gateway.get(`Observation${query}`, 'TA')
      expect([answer.status, answer.json.total]).toEqual([200, undefined])
      expect(notesIn(answer)).toEqual([SAID])
      expect(answer.text).not.toContain('UPSTREAM SAYS')
    },
  )

  test('the operator is told', async () => {
    front.upstream.twist = { answer: cut(change) }
    const gateway = await startGateway(front.upstream.base)
    await gateway.get('Observation', 'TA')
    expect(gateway.reports.join()).toMatch(/results are missing.*"type":"Observation"/)
    await gateway.close()
  })

  test('the whole record says so', async () => {
    front.upstream.twist = { answer: cut(change, (type) => type === 'AllergyIntolerance') }
    const answer = await front.gateway.get('Patient/pa/$everything', 'TA')
    expect(answer.status).toBe(200)
    expect(notesIn(answer)).toContainEqual(SAID)
  })

  test('a page with referring resources says that some are left out', async () => {
    front.upstream.twist = { answer: cut(change, (type) => type === 'Observation') }
    const answer = await front.gateway.get('Patient?_revinclude=Observation:subject', 'TA')
    expect([answer.status, notesIn(answer).length]).toEqual([200, 1])
  })

  test('a later page says so, although the first stated the total', async () => {
    const first = await front.gateway.get('Observation?_count=20', 'TA')
    expect(notesIn(first)).toEqual([])
    const { url } = first.json.link.find(({ relation }: { relation: string }) => relation === 'next')
    front.upstream.twist = { answer: cut(change === withRemark ? withRemark : () => {}) }
    expect(notesIn(await front.gateway.get(url, 'TA'))).toEqual([SAID])
  })
})

test.each([
  ['information', 'informational', false],
  ['information', 'not-found', false],
  ['warning', 'not-supported', false],
  ['warning', 'processing', false],
  ['information', 'incomplete', true],
  ['warning', 'suppressed', true],
  ['warning', 'too-costly', true],
  ['warning', 'throttled', true],
  ['warning', 'timeout', true],
  ['warning', 'exception', true],
  ['warning', 'unheard-of', true],
  ['error', 'not-supported', true],
  ['fatal', 'informational', true],
  ['unheard-of', 'informational', true],
])('a remark of the severity %s with the code %s: something is missing is %s', async (severity, code, is) => {
  front.upstream.twist = { answer: (bundle) => bundle.entry?.push(remark(severity, code)) }
  const answer = await front.gateway.get('Observation?_count=100', 'TA')
  expect([idsIn(answer).length, answer.json.total]).toEqual(is ? [OWN + 1, undefined] : [OWN, OWN])
  expect(notesIn(answer)).toEqual(is ? [SAID] : [])
})

test.each([
  ['Observation?_lastUpdated=ge2000', true],
  ['Patient/pa/$everything?_since=2000-01-01T00:00:00Z', true],
  ['Observation?_lastUpdated=ge2000&status=cancelled', false],
  ['Observation?code=none', false],
])('rows without the time by which a search finds them are not left out in silence: %s', async (path, is) => {
  front.upstream.twist = {
    answer: (bundle) => {
      for (const { resource } of bundle.entry ?? []) delete resource?.meta
    },
  }
  const notes = notesIn(await front.gateway.get(path, 'TA'))
  expect(notes.filter((note) => note.includes('may have left something out'))).toEqual(is ? [SAID] : [])
})

describe('a look-up for the log that may lack somebody is refused', () => {
  /** Only the search by this parameter alone finds nobody, and says that it is incomplete. */
  const hideFrom = (isHidden: (parameters: URLSearchParams) => boolean) => {
    let isMeant = false
    front.upstream.twist = {
      ask: (type, parameters) => {
        isMeant = type === 'Patient' && isHidden(parameters)
      },
      answer: (bundle) => {
        if (!isMeant) return
        bundle.entry = [missing]
        delete bundle.total
      },
    }
  }

  test.each([
    ['beside another parameter', 'identifier=A-1&birthdate=1900-01-01'],
    ['alone', 'identifier=A-1'],
  ])('an identifier %s', async (_what, query) => {
    await front.gateway.entries()
    expect((await front.gateway.get(`Patient?${query}`, 'TC')).status).toBe(200)
    expect((await front.gateway.entries()).map(({ patient }) => patient)).toEqual(['pa'])
    hideFrom((parameters) => parameters.has('identifier') && !parameters.has('birthdate'))
    expect((await front.gateway.get(`Patient?${query}`, 'TC')).status).toBe(502)
  })

  test('a name in a search of the log', async () => {
    expect((await front.gateway.get('AuditEvent?patient.name=zzcanarya', 'TADM')).status).toBe(200)
    hideFrom((parameters) => parameters.has('name'))
    expect((await front.gateway.get('AuditEvent?patient.name=zzcanarya', 'TADM')).status).toBe(502)
  })
})
