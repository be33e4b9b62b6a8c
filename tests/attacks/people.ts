import type { ClientMetadata } from 'oidc-provider'
import type { Application } from '../fixtures/sign-in.ts'

const account = (
  username: string,
  name: string,
  role: 'patient' | 'clinician' | 'admin',
  more: { patient?: string; practitioner?: string } = {},
) => ({
  id: username,
  username,
  password: `${username}-demo`,
  name,
  role,
  patient: more.patient ?? null,
  practitioner: more.practitioner ?? null,
})

export const accounts = [
  account('anna', 'Anna Ampere', 'patient', { patient: 'pa' }),
  account('bert', 'Bert Becquerel', 'patient', { patient: 'pb' }),
  account('lee', 'Morgan Lee', 'clinician', { practitioner: 'pr1' }),
  account('admin', 'Ada Admin', 'admin'),
] as const

/** A public application, a confidential one, a native one, and one that its owner uses for attacks. */
export const applications = {
  ext: { client_id: 'ext', redirect_uri: 'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/' },
  conf: {
    client_id: 'conf',
    redirect_uri: 'https://conf.example/callback',
    client_secret: 'conf-secret-of-a-confidential-client',
  },
  native: { client_id: 'native', redirect_uri: 'http://127.0.0.1/callback' },
  evil: {
    client_id: 'evil',
    redirect_uri: 'https://evil.example/callback',
    client_secret: 'evil-secret-of-an-attackers-client',
  },
} as const satisfies Record<string, Application>

/** A resource server, which may introspect every token. */
export const gateway = {
  client_id: 'gateway',
  redirect_uri: '',
  client_secret: 'gateway-secret-of-a-resource-server',
}

const resourceServer: ClientMetadata = {
  client_id: gateway.client_id,
  client_name: 'The gateway',
  client_secret: gateway.client_secret,
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: [],
  response_types: [],
  redirect_uris: [],
  resource_server: true,
}

const signingIn: ClientMetadata[] = Object.values(applications).map((application) => ({
  client_id: application.client_id,
  client_name: `The application ${application.client_id}`,
  application_type: application.client_id === 'native' ? ('native' as const) : ('web' as const),
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  redirect_uris: [application.redirect_uri],
  ...('client_secret' in application
    ? { client_secret: application.client_secret, token_endpoint_auth_method: 'client_secret_basic' as const }
    : { token_endpoint_auth_method: 'none' as const }),
}))

export const clients: readonly ClientMetadata[] = [...signingIn, resourceServer]

/** An application that record systems open; a test that needs it registers it. */
export const launchedClient: ClientMetadata & { client_id: string } = {
  client_id: 'launched',
  client_name: 'Launched',
  token_endpoint_auth_method: 'none',
  redirect_uris: [applications.ext.redirect_uri],
  launch_uri: 'https://launched.example/',
}

/** The people of the attacks, by what their tokens may do. */
export const holders = {
  TA: { username: 'anna', scope: 'openid launch/patient patient/*.rs' },
  TAobs: { username: 'anna', scope: 'launch/patient patient/Observation.rs' },
  TB: { username: 'bert', scope: 'openid launch/patient patient/*.rs' },
  TC: { username: 'lee', scope: 'openid user/*.rs' },
  TADM: { username: 'admin', scope: 'openid user/*.rs client.register' },
} as const

export type Holder = keyof typeof holders
