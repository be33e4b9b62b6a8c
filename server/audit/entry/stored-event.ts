import type { AuditEvent } from '@medplum/fhirtypes'
import { turnOfOthers } from '../../turns.ts'
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

/** Characters of entries that are opened together, which takes about two milliseconds. */
const OPENED_TOGETHER = 64 * 1024

/** Opens the entries of rows, one after another. Other requests are answered between some of them. @throws NotCanonical */
export async function* openEvents<Row extends { readonly json: string }>(
  rows: readonly Row[],
): AsyncGenerator<readonly [Row, AuditEvent]> {
  let opened = 0
  for (const row of rows) {
    if (opened > OPENED_TOGETHER) {
      await turnOfOthers()
      opened = 0
    }
    opened += row.json.length
    yield [row, openEvent(row.json)]
  }
}

const parse = (json: string): AuditEvent => {
  try {
    return JSON.parse(json) as AuditEvent
  } catch (cause) {
    throw new NotCanonical('The entry is not JSON.', { cause })
  }
}
