import { render } from 'preact'
import { useEffect } from 'preact/hooks'

const Empty = () => {
  useEffect(() => {
    requestAnimationFrame(() => performance.mark('popup:ready'))
  }, [])
  return <main />
}

const root = document.getElementById('popup')
if (root) render(<Empty />, root)
