import { useState } from 'preact/hooks'

type Errors<Fields> = Partial<Record<keyof Fields, string>>

interface Refusal<Fields> {
  /** As they were submitted. */
  fields: Fields
  errors: Errors<Fields>
}

/**
 * Returns what is wrong with a form's fields, and the function that says so after a submission. An error disappears when its field
 * changes, whether somebody types into it or something else fills it.
 */
export const useFieldErrors = <Fields extends object>(
  fields: Fields,
): [Errors<Fields>, (errors: Errors<Fields>) => void] => {
  const [refusal, refuse] = useState<Refusal<Fields>>({ fields, errors: {} })
  return [standingErrors(refusal, fields), (errors) => refuse({ fields, errors })]
}

export const standingErrors = <Fields extends object>(
  refusal: Refusal<Fields>,
  fields: Fields,
): Errors<Fields> =>
  Object.fromEntries(
    Object.entries(refusal.errors).filter(
      ([name]) => refusal.fields[name as keyof Fields] === fields[name as keyof Fields],
    ),
  ) as Errors<Fields>
