import type { Provider } from './state.ts'

/** An organization in a User-access Brands bundle (SMART App Launch 2.2, section 7), as a search returns it. */
export interface Brand {
  name: string
  /** `Springfield, IL`. */
  place?: string
  /** The patient portal's name and address, by https. */
  portal?: { name: string; address: string }
  /** The FHIR base of its records. */
  fhirBase: string
}

/** An organization that a person can add, or has added. */
export interface FoundOrganization extends Brand {
  /** The name, with the host in brackets if another name looks the same. */
  label: string
}

export interface FoundOrganizations {
  /** The first matches; `total` counts all of them. */
  organizations: FoundOrganization[]
  total: number
}

export interface NewProvider extends Pick<Brand, 'name' | 'fhirBase'> {
  /** The Client ID that the organization gave the person; absent to have it register Carekey. */
  clientId?: string
  /** The host at which the person agreed to sign in, if it is not the record's own. */
  signInHost?: string
}

/** The next step after a person has chosen an organization. `scope` is what a sign-in will request. */
export type AddedProvider = { scope: string } & (
  | { step: 'sign-in'; provider: Provider }
  /** Signing in happens at another host than the record's, which the person has to agree to; nothing is stored yet. */
  | { step: 'confirm'; signInHost: string; signInAddress: string }
  /** Only the organization's own staff registers applications there. */
  | { step: 'register' }
)

export interface BrandMatches {
  /** The first matches; `total` counts all of them. */
  brands: Brand[]
  total: number
}
