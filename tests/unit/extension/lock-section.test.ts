import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it, vi } from 'vitest'
import { LockSection } from '../../../extension/options/browser/lock-section.tsx'

it('while the lock is open, the page says with what it locks', () => {
  vi.stubGlobal('location', { protocol: 'moz-extension:' })
  const html = renderToString(h(LockSection, { lock: { locked: false, by: 'pin', after: 15 } }))
  expect(html).toContain('Locks with a passphrase or PIN.')
})

it('before a lock is set, the page says what it costs to forget it', () => {
  vi.stubGlobal('location', { protocol: 'moz-extension:' })
  const html = renderToString(h(LockSection, { lock: undefined }))
  expect(html).toContain('nobody can recover it')
  expect(html).toContain('remove the lock with your connections here')
  expect(html).toContain('Your records stay at the organizations')
})
