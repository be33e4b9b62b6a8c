import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from './button.tsx'
import { t } from './words.ts'

interface Props {
  title: string
  /** Names the data that will be lost. */
  children: ComponentChildren
  confirm: string
  onConfirm: () => void
  onLeave: () => void
}

/** Asks for confirmation before data is lost. Open while mounted; Escape leaves it. */
export const ConfirmDialog = ({ title, children, confirm, onConfirm, onLeave }: Props) => {
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
      onCancel={onLeave}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault() // otherwise the browser would close the whole popup too
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
