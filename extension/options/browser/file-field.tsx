import { useId } from 'preact/hooks'

interface Props {
  label: string
  hint: string
  accept: string
  onFile: (file: File) => void
}

export const FileField = ({ label, hint, accept, onFile }: Props) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="file"
        accept={accept}
        aria-describedby={`${id}-note`}
        onChange={(event) => {
          const { currentTarget } = event
          const file = currentTarget.files?.[0]
          if (file) onFile(file)
          currentTarget.value = '' // choosing the same file again, corrected, fires a change event
        }}
      />
      <p id={`${id}-note`} class="hint">
        {hint}
      </p>
    </div>
  )
}
