import { useEffect, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { t } from './words.ts'

/** Copies exactly this text. `of` names it for those who hear the button without seeing what it stands beside. */
export const CopyButton = ({ text, of }: { text: string; of: string }) => {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const back = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(back)
  }, [copied])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <>
      <Button onClick={copy} aria-label={t('copy_of', of)}>
        {copied ? t('copied') : t('copy')}
      </Button>
      <span class="unseen" role="status">
        {copied ? t('copied') : ''}
      </span>
    </>
  )
}
