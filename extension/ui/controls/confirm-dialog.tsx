import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../words/words.ts'
import { Button } from './button.tsx'

interface Props {
  title: string
  /** Names the data that will be lost. */
  children: ComponentChildren
  confirm: string
  onConfirm: () => void
  /** Called on every way out, also before `onConfirm`. */
  onClose: () => void
}

/** Asks for confirmation before data is lost. Open while mounted; Escape leaves it. */
export const ConfirmDialog = ({ title, children, confirm, onConfirm, onClose }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close() // restores focus, which unmounting alone would not
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={onClose}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault() // otherwise the browser would close the whole popup too
        onClose()
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
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
    </dialog>
  )
}
