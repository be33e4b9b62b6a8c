import type { ComponentChildren, InputHTMLAttributes } from 'preact'
import { useId } from 'preact/hooks'

type InputProps = 'placeholder' | 'autocomplete' | 'readOnly' | 'onKeyDown'

interface Props extends Pick<InputHTMLAttributes, InputProps> {
  label: string
  type?: 'text' | 'url' | 'password' | 'date'
  value: string
  onValue?: (value: string) => void
  hint?: string | undefined
  /** Why the value is invalid. */
  error?: string | undefined
  /** A button that belongs to the field. */
  beside?: ComponentChildren
}

export const Field = ({ label, type = 'text', value, onValue, hint, error, beside, ...rest }: Props) => {
  const id = useId()
  const note = error ?? hint
  const input = (
    <input
      spellcheck={false}
      autocomplete="off"
      {...rest}
      id={id}
      type={type as 'text'} // preact's types distinguish inputs by a literal `type`
      value={value}
      onInput={(event) => onValue?.(event.currentTarget.value)}
      {...(note && { 'aria-describedby': `${id}-note` })}
      {...(error && { 'aria-invalid': true })}
    />
  )
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {beside ? (
        <div class="beside">
          {input}
          {beside}
        </div>
      ) : (
        input
      )}
      {note && (
        <p id={`${id}-note`} class={error ? 'wrong' : 'hint'}>
          {note}
        </p>
      )}
    </div>
  )
}

interface SelectProps {
  label: string
  value: string
  choices: { value: string; label: string }[]
  onValue: (value: string) => void
}

export const Select = ({ label, value, choices, onValue }: SelectProps) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  )
}
