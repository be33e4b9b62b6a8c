import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Code } from '../../../extension/messages/errors.ts'
import type { Provider } from '../../../extension/messages/state.ts'
import { CheckClientId } from '../../../extension/ui/provider/check-client-id.tsx'
import { sentence } from '../../../extension/ui/words/problem.ts'

const configured = { builtIn: false } as Provider
const pointer = (code: Code, provider: Provider | undefined) =>
  renderToString(h(CheckClientId, { problem: { code }, provider }))

it('a sign-in that ended with an error page tells a patient what they can do, and does not mention configuring', () => {
  const text = sentence({ code: 'sign-in-page-failed' }, 'Riverside Clinic')
  expect(text).toMatch(/Try again .* ask Riverside Clinic/)
  expect(text).not.toMatch(/Client ID|Redirect URI|options/)
})

it('sends only somebody who entered the Client ID by hand to the options page', () => {
  for (const code of ['sign-in-page-failed', 'wrong-credentials'] as const)
    expect(pointer(code, configured)).toContain('extension/options/index.html#configure')
  expect(pointer('unreachable', configured)).toBe('')
  for (const provider of [
    undefined,
    { ...configured, builtIn: true },
    { ...configured, addedOnFindPage: true as const },
  ])
    expect(pointer('sign-in-page-failed', provider)).toBe('')
})
