import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { SearchFields } from '../../../extension/popup/search/search-fields.tsx'
import { ENGLISH } from '../../../server/pages/frame/locale.ts'
import { patientFields } from '../../../server/pages/patient/search-form.ts'

/** What FHIR compares with `name:exact`: the whole name, or a whole part of it. */
const HINT = /also finds a whole first or last name/

/** The text that describes the field with this label. */
const descriptionOf = (page: string, label: RegExp): string | undefined => {
  const id = new RegExp(`<label for="([^"]+)">${label.source}`).exec(page)?.[1]
  const note = new RegExp(`<input[^>]*id="${id}"[^>]*>`)
    .exec(page)?.[0]
    .match(/aria-describedby="([^"]+)"/)?.[1]
  return note && new RegExp(`id="${note}"[^>]*>([^<]*)`).exec(page)?.[1]
}

it('says that the exact name need not be the full one', () => {
  const nothing = () => {}
  const popup = h(SearchFields, {
    ...{ typed: {}, isFolded: false, keepsLine: false, birthdateError: undefined },
    ...{ onValue: () => nothing, onFocus: nothing, onClear: undefined },
  })
  expect(descriptionOf(renderToString(popup), /Full Name \(exact match\)/)).toMatch(HINT)
  const page = renderToString(patientFields(ENGLISH, {}))
  expect(descriptionOf(page, /Full name \(exact match\)/)).toMatch(HINT)
})
