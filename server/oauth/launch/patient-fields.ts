import type { PatientFields } from '../../grants/patients.ts'

/** Returns the fields of a posted search form, each limited to 200 characters; omits empty ones. */
export const patientFieldsOf = (form: Readonly<Record<string, unknown>>): PatientFields => {
  const field = (name: string) => {
    const value = form[name]
    return typeof value === 'string' && value.trim() !== '' ? { [name]: value.slice(0, 200) } : {}
  }
  return {
    ...field('name'),
    ...field('given'),
    ...field('family'),
    ...field('gender'),
    ...field('identifier'),
    ...field('birthdate'),
  }
}
