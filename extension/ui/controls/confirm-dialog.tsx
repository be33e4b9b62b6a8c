import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { t } from '../words/words.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

interface Props {
  title: string
  /** Names the data that will be lost. */
  children: ComponentChildren
  confirm: string
  onConfirm: () => void
  /** Called on every way out, also before `onConfirm`. */
  onClose: () => void
}

/** Asks for confirmation before data is lost. */
export const ConfirmDialog = ({ title, children, confirm, onConfirm, onClose }: Props) => {
  const id = useId()
  return (
    <Dialog titleId={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      <p>{children}</p>
      <div class="row">
        <Button onClick={onClose}>{t('keep')}</Button>
        <Button
          look="danger"
          onClick={() => {
            onClose()
            onConfirm()
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
