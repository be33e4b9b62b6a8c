import type { ButtonHTMLAttributes } from 'preact'

interface Props extends Omit<ButtonHTMLAttributes, 'class' | 'disabled'> {
  look?: 'primary' | 'danger' | 'plain'
  /** Unavailable for now. Stays in the order of focus, so that a keyboard does not lose its place. */
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
