/** An application that is registered with the stand-in, as on Withings' dashboard. */
export interface Application {
  readonly name: string
  readonly clientId: string
  readonly clientSecret: string
  /** The address to which people return; Withings accepts no other. */
  readonly callbacks: readonly string[]
  /** The scopes it may request. Withings gives `user.info` only to partners with a contract. */
  readonly scopes: readonly string[]
}

/** The address of the organization that signs people in with the stand-in. */
const demoOrganizationUrl = 'http://localhost:3300'

/** The demo organization. Its secret is public, because it only protects invented readings on one machine. */
export const demoApplication: Application = {
  name: 'Carekey',
  clientId: 'carekey-demo-5d1f0c7a9b3e4d628f7c1a0b9e8d7c6b',
  clientSecret: 'not-a-secret-of-the-demo-3f9a6b1c8d2e4f70',
  callbacks: [`${demoOrganizationUrl}/_oauth/OAuth2Server`],
  scopes: ['user.metrics', 'user.activity', 'user.sleepevents'],
}
