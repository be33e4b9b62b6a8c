import type { FoundOrganizations } from '../../../../extension/messages/brands.ts'
import { LONG_NAME, providers, redirectUri } from '../people.ts'
import { type Answers, type Look, problem, type Scene, type Scenes, yes } from '../scene.ts'

const organizations: FoundOrganizations['organizations'] = [
  { name: 'Riverside Clinic', place: 'Springfield, IL', fhirBase: 'https://riverside.example/fhir' },
  { name: 'Riverside C1inic', place: 'Springfield, IL', fhirBase: 'https://r1verside.example/fhir' },
].map((each) => ({ ...each, label: `${each.name} (${new URL(each.fhirBase).host})` }))
organizations.push({
  name: LONG_NAME,
  label: LONG_NAME,
  place: 'Lyon, FR',
  portal: { name: 'Mon dossier', address: 'https://marie.example/' },
  fhirBase: 'https://records.hopital-sainte-marie-des-champs.example/r4/fhir',
})

const result = yes({ organizations, total: 31 })
const scope = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'
const provider = providers[2] as NonNullable<(typeof providers)[2]>

const press = ({ button }: Look) => button('sign_in_with', LONG_NAME).click()
/** The state after a choice. */
const chosen = (answers: Answers): Scene => ({
  state: { redirectUri },
  answers: { 'find-organizations': result, ...answers },
  act: press,
})
const typing = (text: string, answers: Answers): Scene => ({
  answers,
  act: async ({ button, field }) => {
    await field('find_text').fill(text)
    await button('find_do').click()
  },
})

/** The page on which a patient finds an organization. */
export const find: Scenes = {
  first: { answers: { 'find-organizations': result } },
  'empty-list': { answers: { 'find-organizations': yes({ organizations: [], total: 0 }) } },
  none: typing('Nowhere', { 'find-organizations': yes({ organizations: [], total: 0 }) }),
  address: typing('records.clinic.example', { 'find-organizations': 'never' }),
  'address-given': { address: `?${new URLSearchParams({ address: 'https://records.clinic.example/fhir' })}` },
  'address-fails': typing('records.clinic.example', {
    'find-organizations': problem('not-fhir-server', { organization: 'records.clinic.example' }),
  }),
  'signing-in': chosen({ 'add-provider': 'never' }),
  'other-host': chosen({
    'add-provider': yes({
      step: 'confirm',
      scope,
      signInHost: 'login.health-network.example',
      signInAddress: 'https://login.health-network.example/authorize',
    }),
  }),
  ask: chosen({ 'add-provider': yes({ step: 'register', scope }) }),
  'wrong-client': chosen({
    'add-provider': yes({ step: 'sign-in', provider: { ...provider, addedOnFindPage: true }, scope }),
    'sign-in': problem('sign-in-page-failed'),
  }),
  'configured-fails': chosen({
    'add-provider': yes({ step: 'sign-in', provider: { ...provider, builtIn: false }, scope }),
    'sign-in': problem('sign-in-page-failed'),
  }),
  'signed-in': chosen({
    'add-provider': yes({ step: 'sign-in', provider, scope }),
    'sign-in': yes('c'),
    'remember-place': yes(undefined),
  }),
  forbidden: { state: { policy: { forbiddenScopes: [], locked: ['providers'] } } },
}
