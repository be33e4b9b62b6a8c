import { type Outcomes, STEPS, type Step } from './opened-application.ts'

/** A change of one member of a registration, and what it does to the steps that were open. */
export interface RegistrationChange {
  readonly member: string
  readonly to: unknown
  /** From the outcomes without the change. */
  readonly outcomes: (before: Outcomes) => Outcomes
}

const refuses =
  (...steps: readonly Step[]) =>
  (before: Outcomes): Outcomes => ({
    ...before,
    ...Object.fromEntries(steps.map((step) => [step, 'refused'])),
  })
const asBefore = (before: Outcomes): Outcomes => before
const rewrites =
  (rewrite: (scope: string) => string, ...refused: readonly Step[]) =>
  (before: Outcomes): Outcomes =>
    refuses(...refused)(Object.fromEntries(STEPS.map((step) => [step, rewrite(before[step])])) as Outcomes)

export const refusesEverything = refuses(...STEPS)

const UNDER_WAY = ['authorize', 'sign in', 'consent', 'return', 'code', 'launch', 'launched'] as const
const WITH_CREDENTIALS = ['consent', 'return', 'code', 'refresh', 'launched'] as const

/** Every member that limits what an application may do. */
export const LIMITING: readonly RegistrationChange[] = [
  { member: 'redirect_uris', to: ['https://viewer.example/other'], outcomes: refuses(...UNDER_WAY) },
  {
    member: 'scope',
    to: 'openid launch launch/patient offline_access patient/Observation.rs',
    outcomes: rewrites((scope) => scope.replace('patient/*.rs', 'patient/Observation.rs'), 'read'),
  },
  {
    member: 'scope',
    to: 'user/Observation.rs',
    outcomes: rewrites(
      (scope) => scope.replace(' patient/*.rs', ''),
      'consent',
      'read',
      'search',
      'launched',
    ),
  },
  { member: 'launch_uri', to: undefined, outcomes: refuses('launch', 'launched') },
  { member: 'launch_uri', to: 'https://viewer.example/other', outcomes: refuses('launch', 'launched') },
  { member: 'grant_types', to: ['authorization_code'], outcomes: refuses('refresh') },
  { member: 'response_types', to: [], outcomes: refusesEverything },
  {
    member: 'response_modes',
    to: ['form_post'],
    outcomes: refuses('authorize', 'sign in', 'consent', 'return', 'launch', 'launched'),
  },
  { member: 'client_secret', to: 'hash-of-another', outcomes: refuses(...WITH_CREDENTIALS) },
  { member: 'client_secret_expires_at', to: 1, outcomes: refuses(...WITH_CREDENTIALS) },
  { member: 'token_endpoint_auth_method', to: 'none', outcomes: refuses(...WITH_CREDENTIALS) },
  {
    member: 'dpop_bound_access_tokens',
    to: true,
    outcomes: refuses(...WITH_CREDENTIALS, 'read', 'search', 'userinfo', 'introspection'),
  },
]

/** Changes that limit nothing: of members that say what an application is, or how it is answered. */
export const DESCRIBING: readonly RegistrationChange[] = Object.entries({
  // Identity scopes are not limited.
  scope: 'patient/*.rs',
  application_type: 'native',
  client_id_issued_at: 1,
  client_name: 'Another name',
  client_uri: 'https://viewer.example/about',
  contacts: ['somebody@viewer.example'],
  default_acr_values: [],
  default_max_age: 60,
  id_token_signed_response_alg: 'RS256',
  initiate_login_uri: 'https://viewer.example/login',
  jwks: { keys: [] },
  jwks_uri: 'https://viewer.example/keys',
  logo_uri: 'https://viewer.example/logo.png',
  policy_uri: 'https://viewer.example/policy',
  require_auth_time: true,
  resource_server: true,
  subject_type: 'public',
  tos_uri: 'https://viewer.example/terms',
}).map(([member, to]) => ({ member, to, outcomes: asBefore }))

/** Members that no registration here can have, and those that name the registration itself. */
export const IMPOSSIBLE = ['client_id', 'sector_identifier_uri', 'token_endpoint_auth_signing_alg']
