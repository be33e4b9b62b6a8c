import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from './button.tsx'
import { t } from './words.ts'

interface Props {
  title: string
  /** Names what is lost. */
  children: ComponentChildren
  confirm: string
  onConfirm: () => void
  onLeave: () => void
}

/** Asks once before something is lost. Mounted it is open; Escape leaves it. */
export const ConfirmDialog = ({ title, children, confirm, onConfirm, onLeave }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const opened = dialog.current
    opened?.showModal()
    return () => opened?.close() // gives focus back, which removing alone would not
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={onLeave}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault() // or the browser would close the whole popup with it
        onLeave()
      }}
      onClick={(event) => event.target === dialog.current && onLeave()}
    >
      <h2 id={id}>{title}</h2>
      <p>{children}</p>
      <div class="row">
        <Button onClick={onLeave}>{t('keep')}</Button>
        <Button look="danger" onClick={onConfirm}>
          {confirm}
        </Button>
      </div>
    </dialog>
  )
}
