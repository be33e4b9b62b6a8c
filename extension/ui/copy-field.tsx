import { CopyButton } from './copy-button.tsx'
import { Field } from './field.tsx'

interface Props {
  label: string
  value: string
  hint?: string | undefined
}

/** A value to copy exactly, such as one that an organization compares. */
export const CopyField = ({ label, value, hint }: Props) => (
  <Field label={label} value={value} readOnly hint={hint} beside={<CopyButton text={value} of={label} />} />
)
