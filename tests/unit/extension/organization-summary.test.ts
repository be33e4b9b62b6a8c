import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { OrganizationSummary } from '../../../extension/summary/organization-summary.tsx'
import { connectionWith } from '../../fixtures/connection.ts'

const connection = connectionWith('Riverside Clinic', {
  patient: {
    id: 'p',
    name: 'John Doe',
    identifiers: [
      { label: 'MR', value: '112130' },
      { label: 'Passport', value: 'X1234567', personal: true },
    ],
  },
})
const printed = (personal: boolean) =>
  renderToString(
    h(OrganizationSummary, {
      vitals: { connection, patient: 'p', pending: false, retry: () => undefined },
      personal,
      isAway: false,
    }),
  )

it('the printed summary shows social security, passport and licence numbers only if they are ticked', () => {
  expect(printed(false)).toContain('112130')
  expect(printed(false)).not.toContain('X1234567')
  expect(printed(true)).toContain('X1234567')
})

it('the note that there are no vital signs stands under their heading', () => {
  const none = {
    patient: { id: 'p', name: 'John Doe', identifiers: [] },
    cut: false,
    readAt: 0,
    bloodPressure: [],
    weight: [],
  }
  const html = renderToString(
    h(OrganizationSummary, {
      vitals: { connection, patient: 'p', pending: false, retry: () => undefined, value: none },
      personal: false,
      isAway: false,
    }),
  )
  expect(html).toMatch(/<h3>Vital signs<\/h3><div class="notice empty".*has recorded no vital signs/)
})
