import type { ButtonHTMLAttributes } from 'preact'
import { useRef } from 'preact/hooks'

interface Props extends Omit<ButtonHTMLAttributes, 'class' | 'disabled'> {
  look?: 'primary' | 'danger' | 'plain' | 'plain danger'
  /** Temporarily unavailable. Stays focusable, so that the keyboard focus keeps its place. */
  busy?: boolean | undefined
}

/** A press does what the button did when it began: what it stands beside, such as a notice, may have made room for another one since. */
export const Button = ({ look, busy, onClick, type, ...rest }: Props) => {
  const begun = useRef<typeof onClick>(undefined)
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      class={look ? `button ${look}` : 'button'}
      {...(busy && { 'aria-disabled': true })}
      onPointerDown={() => {
        begun.current = onClick
      }}
      onClick={(event) => {
        // A key presses at once, and has no count.
        const act = (event.detail > 0 && begun.current) || onClick
        begun.current = undefined
        return busy ? event.preventDefault() : act?.(event)
      }}
    />
  )
}
