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

export interface BrandMatches {
  /** The first matches; `total` counts all of them. */
  brands: Brand[]
  total: number
}
