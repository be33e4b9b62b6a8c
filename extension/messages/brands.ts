/** An organization of a User-access Brands bundle (SMART App Launch 2.2, section 7), as it is looked for. */
export interface Brand {
  name: string
  /** `Springfield, IL`. */
  place?: string
  /** The patient portal's name and address, by https. */
  portal?: { name: string; address: string }
  /** Where its record is read. */
  fhirBase: string
}

export interface BrandMatches {
  /** The first of them. */
  brands: Brand[]
  total: number
}
