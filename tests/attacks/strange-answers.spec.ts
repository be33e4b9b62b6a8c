import { signOut } from '../e2e/popup-frame.ts'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import type { Reply } from '../fakes/recording-server.ts'
import { alter, expect, isSignedIn, isTold, startSignIn, test } from './extension.ts'
import { mutate } from './mutate.ts'

test('E22 a busy organization is asked again at the time it names, and no code is sent twice', async ({
  popup,
  mock,
}) => {
  let requestCount = 0
  mock.script(ADDRESSES.observations, (_request, usual) =>
    ++requestCount < 3 ? { status: 429, headers: { 'retry-after': '1' } } : usual(),
  )
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  expect(requestCount).toBe(3)

  mock.script(ADDRESSES.observations, () => ({ status: 503, headers: { 'retry-after': '0' } }))
  await popup.reload()
  await isTold(popup, /too busy to answer/i)
  expect(mock.requestsTo(ADDRESSES.observations)).toHaveLength(6)

  await signOut(popup, mock.name)
  await isTold(popup, /signed out/i)
  mock.script(ADDRESSES.token, () => ({ status: 503, headers: { 'retry-after': '0' } }))
  await startSignIn(popup, mock)
  await expect(popup.getByRole('button', { name: 'Try again' })).toBeVisible()
  expect(mock.requestsTo(ADDRESSES.token).map(({ form }) => form.get('code'))).toEqual(mock.given.code)
})

const WEIGHTS_IN_LATIN_1 = Buffer.from('<html><p>Übergewicht</p></html>', 'latin1').toString('latin1')

test('E23 an answer that is not FHIR is reported as such', async ({ popup, mock }) => {
  const as = (type: string, body: string): Reply => ({ headers: { 'content-type': type }, body })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  for (const reply of [
    as('text/html', '<h1>Sign in</h1>'),
    as('text/html; charset=iso-8859-1', WEIGHTS_IN_LATIN_1),
    as('text/plain', 'hello'),
    as('application/fhir+json', ''),
    as('application/json', '[]'),
    as('application/fhir+xml', '<Bundle xmlns="http://hl7.org/fhir"/>'),
    { status: 204 },
  ]) {
    mock.script(ADDRESSES.observations, () => reply)
    await popup.reload()
    await isTold(popup, /not a health record/i)
  }
  mock.unscript(ADDRESSES.observations)
  await popup.reload()
  await isSignedIn(popup)
})

const weight = (id: string, note = '') => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  effectiveDateTime: '2025-03-01T10:00:00Z',
  valueQuantity: { value: 71.5, unit: 'kg' },
  note: [{ text: note }],
})

test('E24 an answer of ten million bytes is shown, and one of more than twenty million is abandoned', async ({
  popup,
  mock,
}) => {
  const entry = Array.from({ length: 1000 }, (_, index) => ({
    resource: weight(`w${index}`, 'x'.repeat(10_000)),
  }))
  alter(mock, ADDRESSES.observations, () => ({ entry }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)

  alter(mock, ADDRESSES.observations, () => ({ entry: [...entry, ...entry, ...entry] }))
  await popup.reload()
  await isTold(popup, /sent more than Carekey accepts in one answer \(20 MB\)/i)
})

const ROUNDS = 25
const AT_ONCE = 20

test(`E25 ${ROUNDS * AT_ONCE} faulty resources break nothing, and the readable ones beside them are shown`, async ({
  popup,
  mock,
}) => {
  let seed = 0
  alter(mock, ADDRESSES.observations, () => ({
    entry: [
      weight('readable'),
      ...Array.from({ length: AT_ONCE }, () => mutate(weight(`w${seed}`), seed++)),
    ].map((resource) => ({ resource })),
  }))
  await startSignIn(popup, mock)
  for (let round = 1; round <= ROUNDS; round++) {
    // A reload may show what the copy held, before the organization is asked.
    await expect.poll(() => seed).toBeGreaterThanOrEqual(round * AT_ONCE)
    await isSignedIn(popup)
    await popup.reload()
  }
})
