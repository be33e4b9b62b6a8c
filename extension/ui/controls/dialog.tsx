import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  /** The id of its heading. */
  titleId: string
  /** Rises from below, over the page that it belongs to. */
  look?: 'sheet'
  onClose: () => void
  children: ComponentChildren
}

/** A modal dialog, open while mounted. Escape and a click beside it close it, and the focus returns to where it was. */
export const Dialog = ({ titleId, look, onClose, children }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close() // restores focus, which unmounting alone would not
  }, [])
  return (
    <dialog
      ref={dialog}
      class={look}
      aria-labelledby={titleId}
      onCancel={onClose}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault() // otherwise the browser would close the whole popup too
        event.stopPropagation() // nor a dialog around this one
        onClose()
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div>{children}</div>
    </dialog>
  )
}
