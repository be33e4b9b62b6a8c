import type { AuditEvent } from '@medplum/fhirtypes'
import { canonicalJson, NotCanonical } from './canonical-json.ts'

/**
 * Opens an entry as the database holds it. Only canonical JSON is opened, because any other text can be read in two ways: of two
 * members with one name, some readers take the first, and the tree would cover only one of them.
 *
 * @throws NotCanonical
 */
export const openEvent = (json: string): AuditEvent => {
  const event = parse(json)
  if (canonicalJson(event) !== json) throw new NotCanonical('The entry is not in canonical JSON.')
  return event
}

/** Returns the text of an entry after the same check, to be served as it is. @throws NotCanonical */
export const eventText = (json: string): string => {
  openEvent(json)
  return json
}

const parse = (json: string): AuditEvent => {
  try {
    return JSON.parse(json) as AuditEvent
  } catch (cause) {
    throw new NotCanonical('The entry is not JSON.', { cause })
  }
}
