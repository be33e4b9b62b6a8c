import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { OrganizationCard } from '../../../extension/find/organization-card.tsx'

const cardWith = (name: string, address: string): string =>
  renderToString(
    h(OrganizationCard, {
      organization: { name: 'A', label: 'A', fhirBase: 'https://a.example/fhir', portal: { name, address } },
      state: { providers: [], connections: [], launched: [], place: {}, redirectUri: '' },
    } as never),
  )

it.each(['Honest Clinic', 'portal.honest.example', 'Honest (evil.test)'])(
  'a link to a portal says where it leads, whatever its name is: %s',
  (name) => {
    expect(cardWith(name, 'https://evil.test/portal')).toContain(
      `${name}</a> <span class="host">evil.test</span>`,
    )
  },
)

it('a link to a portal without a name says once where it leads', () => {
  expect(cardWith('portal.test', 'https://portal.test/').match(/portal\.test</g)).toHaveLength(1)
})
