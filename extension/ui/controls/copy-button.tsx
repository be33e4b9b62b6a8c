import { useEffect, useState } from 'preact/hooks'
import { t } from '../words/words.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'

/** Copies the text exactly. `of` names it in the title, so that the button's name does not repeat the field's label. */
export const CopyButton = ({ text, of }: { text: string; of: string }) => {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <>
      <Button onClick={copy} title={t('copy_of', of)}>
        {isCopied ? t('copied') : t('copy')}
      </Button>
      <span class="unseen" role="status">
        {isCopied ? t('copied') : ''}
      </span>
    </>
  )
}

interface CopyFieldProps {
  label: string
  value: string
  hint?: string | undefined
}

/** A value to copy exactly, such as one that an organization compares. */
export const CopyField = ({ label, value, hint }: CopyFieldProps) => (
  <Field label={label} value={value} readOnly hint={hint} beside={<CopyButton text={value} of={label} />} />
)
