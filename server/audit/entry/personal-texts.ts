import type { AuditEvent } from '@medplum/fhirtypes'

/** The members of an event that stay when it is erased: `true`, or which of its own members do. */
interface Kept {
  readonly [name: string]: true | Kept
}

/**
 * What says nothing of a person: the codes of an entry, its id and time, and the organization that keeps the log. Every other text may be
 * personal, also in a member that entries do not have yet, and is hidden in the leaf and gone after an erasure.
 */
const KEPT: Kept = {
  action: true,
  id: true,
  outcome: true,
  period: true,
  recorded: true,
  resourceType: true,
  source: true,
  subtype: true,
  type: true,
  agent: { network: { type: true }, type: true },
  entity: { detail: { type: true }, role: true, type: true },
}
const NOTHING: Kept = {}

/** @param path dotted, with indexes from 0: `agent.0.who.display`. @returns what stands there from now on. */
type Replace = (text: string, path: string) => string

/** Replaces each personal text of an event, in place. */
export const replacePersonal = (event: AuditEvent, replace: Replace): void =>
  replaceMembers(event as object as Members, KEPT, '', replace)

interface Members {
  [name: string]: unknown
}

const replaceMembers = (object: Members, kept: Kept, path: string, replace: Replace): void => {
  for (const name in object) {
    const inner = kept[name] ?? NOTHING
    if (inner === true) continue
    const value = object[name]
    if (typeof value === 'string') object[name] = replace(value, path + name)
    else if (typeof value === 'object' && value !== null)
      replaceInside(value, inner, `${path}${name}.`, replace)
  }
}

/** An item of a list has the name of the list, and its index in the path. */
const replaceInside = (value: object, kept: Kept, path: string, replace: Replace): void => {
  if (!Array.isArray(value)) replaceMembers(value as Members, kept, path, replace)
  else
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at]
      if (typeof item === 'string') value[at] = replace(item, path + at)
      else if (typeof item === 'object' && item !== null) replaceInside(item, kept, `${path}${at}.`, replace)
    }
}
