import { type Json, text, words } from '../fhir/resource.ts'

/**
 * The id of an entry of an access log, as it is shown, compared and kept: 500 characters at most, and nothing that nobody sees.
 * Empty where it has none.
 */
export const entryIdOf = ({ id }: Json): string => words(id) ?? ''

/** When it was recorded, a FHIR instant where it is honest; 500 characters at most, empty where it says nothing. */
export const recordedOf = ({ recorded }: Json): string => text(recorded) ?? ''
