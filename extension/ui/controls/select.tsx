import { useId } from 'preact/hooks'

interface Props {
  label: string
  value: string
  choices: { value: string; label: string }[]
  onValue: (value: string) => void
}

export const Select = ({ label, value, choices, onValue }: Props) => {
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
