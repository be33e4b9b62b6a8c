import type { Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

const CLINIC = 'Honest Clinic'
/** Was added first, so its entry is the one of a shared row that is drawn. */
const HOSTILE = 'Mock Clinic'

const LOINC = { ldl: '13457-7', hdl: '2085-9', ferritin: '2276-4', potassium: '2823-3', sodium: '2951-2' }

const result = (id: string, text: string, codes: string[], effectiveDateTime: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  subject: { reference: 'Patient/mara' },
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { text, coding: codes.map((code) => ({ system: 'http://loinc.org', code })) },
  effectiveDateTime,
  valueQuantity: { value, unit: 'mmol/L' },
})

const answer = (mock: MockProvider, results: object[]): void =>
  mock.script(ADDRESSES.observations, async ({ query }, usual) => {
    if (query.has('code')) return usual()
    const entry = query.get('category')?.includes('laboratory')
      ? results.map((resource) => ({ resource }))
      : []
    return { body: { resourceType: 'Bundle', type: 'searchset', entry } }
  })

const list = (popup: Page) =>
  popup
    .getByRole('region', { name: 'Record', exact: true })
    .getByRole('list', { name: 'Results', exact: true })

/** The words of each row that names the clinic, without the other organization's name, which may stand beside it. */
const ofClinic = async (popup: Page): Promise<string[]> => {
  const rows = await list(popup).locator(':scope > li').filter({ hasText: CLINIC }).allInnerTexts()
  return rows.map((words) => words.replaceAll(HOSTILE, '').replaceAll(/\s+/g, ' ').trim())
}

/** Signs in at the clinic, then also at the hostile organization, and compares the rows of the clinic. */
const compareRows = async (
  popup: Page,
  { mock: hostile, own, theirs }: { mock: MockProvider; own: object[]; theirs: object[] },
): Promise<void> => {
  const clinic = await startMockProvider()
  try {
    answer(clinic, own)
    answer(hostile, theirs)
    await configure(popup, clinic, { name: CLINIC })
    await startSignIn(popup, { name: CLINIC })
    await isSignedIn(popup)
    await popup.getByRole('heading', { name: 'Results', exact: true }).click()
    await expect(list(popup).locator(':scope > li')).toHaveCount(own.length)
    const alone = await ofClinic(popup)
    expect(alone).toHaveLength(own.length)

    await addOrganization(popup)
    await startSignIn(popup, hostile)
    await sayIsSamePerson(popup)
    await expect(popup.getByRole('button', { name: `Show ${CLINIC} separately` })).toBeVisible()
    await popup.reload()
    await popup.getByRole('heading', { name: 'Results', exact: true }).click()
    await expect(list(popup)).toContainText(HOSTILE)
    await expect.poll(() => ofClinic(popup)).toEqual(alone)
  } finally {
    await clinic.close()
  }
}

test('F70 copies with another code or offset change neither the name nor the day of a result at the clinic', async ({
  popup,
  mock,
}) => {
  const name = 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation'
  const ldl = (codes: string[]) => result('ldl', name, codes, '2025-05-01', 182)
  const ferritin = (date: string) => result('ferritin', 'Iron store', [LOINC.ferritin], date, 12)
  await compareRows(popup, {
    mock,
    own: [ldl([LOINC.ldl]), ferritin('2025-05-01')],
    theirs: [ldl([LOINC.hdl, LOINC.ldl]), ferritin('2025-05-01T00:30:00+14:00')],
  })
})

test('F70 copies under another test put no result of the clinic beneath it', async ({ popup, mock }) => {
  const potassium = result('k', 'Potassium', [LOINC.potassium], '2025-05-02', 4.1)
  const sodium = (codes: string[]) => result('na', 'Sodium', codes, '2025-05-01', 7.9)
  await compareRows(popup, {
    mock,
    own: [potassium, sodium([LOINC.sodium])],
    theirs: [potassium, sodium([LOINC.sodium, LOINC.potassium])],
  })
  // Only the other organization calls its sodium an earlier potassium, and only under its own name.
  const other = list(popup).locator(':scope > li').filter({ hasText: '1 earlier' })
  await other.getByText('1 earlier').click()
  await expect(other.getByRole('listitem').filter({ hasText: '7.9' })).toContainText(HOSTILE)
  await expect(other).not.toContainText(CLINIC)
})
