import type { ButtonHTMLAttributes } from 'preact'

interface Props extends Omit<ButtonHTMLAttributes, 'class' | 'disabled'> {
  look?: 'primary' | 'danger' | 'plain' | 'plain danger'
  /** Temporarily unavailable. Stays focusable, so that the keyboard focus keeps its place. */
  busy?: boolean | undefined
}

export const Button = ({ look, busy, onClick, type, ...rest }: Props) => (
  <button
    {...rest}
    type={type ?? 'button'}
    class={look ? `button ${look}` : 'button'}
    {...(busy && { 'aria-disabled': true })}
    onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
  />
)
