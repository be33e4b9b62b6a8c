import { redirectAddress } from '../../../values/extension-addresses.ts'
import type { Scan } from '../../messages/administration.ts'

/** The content of the fields. */
export interface Draft {
  name: string
  clientId: string
  clientSecret: string
  fhirBase: string
  authorizationEndpoint: string
  redirectUri: string
}

/** The fields that a scan fills. */
type ScannedFields = Pick<Draft, 'name' | 'fhirBase' | 'authorizationEndpoint' | 'redirectUri'>

/** The form's fields, and whether their content was typed or scanned. */
interface ScannedForm {
  fields: Draft
  /** Before anybody typed or scanned. */
  initial: Draft
  /** What the last scan filled in. */
  scanned?: ScannedFields
  /** The FHIR base of the organization that the name was given to; empty if the name was entered before any address. */
  namedBase: string
}

export const startForm = (initial: Draft): ScannedForm => ({
  fields: initial,
  initial,
  namedBase: initial.fhirBase,
})

/**
 * Changes one field. A new base changes this browser's own redirect address with it, but not the address of a relay.
 *
 * @param own this browser's own redirect address.
 */
export const typeInto = (form: ScannedForm, name: keyof Draft, value: string, own: string): ScannedForm => {
  const fields = { ...form.fields, [name]: value }
  if (name === 'name') return { ...form, fields, namedBase: fields.fhirBase.trim() }
  if (name !== 'fhirBase' || !fields.redirectUri.startsWith(own)) return { ...form, fields }
  const base = URL.parse(value.trim())
  return { ...form, fields: { ...fields, redirectUri: base ? redirectAddress(own, base.href) : own } }
}

/** Fills in the results of a scan. A name stays only if it was given to this organization or was entered before any address. */
export const fillFromScan = (form: ScannedForm, scan: Scan): ScannedForm => {
  const { name } = form.fields
  const isNameRight = name.trim() !== '' && ['', scan.fhirBase].includes(form.namedBase)
  const scannedFields = {
    name: isNameRight ? name : (scan.name ?? ''),
    fhirBase: scan.fhirBase,
    authorizationEndpoint: scan.authorization_endpoint,
    redirectUri: scan.redirectUri,
  }
  return {
    ...form,
    fields: { ...form.fields, ...scannedFields },
    scanned: scannedFields,
    namedBase: scan.fhirBase,
  }
}

/** Clears the fields that an earlier scan filled in, because their content belongs to another server. Typed content stays. */
export const clearScan = ({ scanned, ...form }: ScannedForm): ScannedForm => {
  const names = Object.keys(scanned ?? {}) as (keyof ScannedFields)[]
  const fieldNames = names.filter((name) => form.fields[name] === scanned?.[name])
  return {
    ...form,
    fields: { ...form.fields, ...Object.fromEntries(fieldNames.map((name) => [name, form.initial[name]])) },
  }
}
