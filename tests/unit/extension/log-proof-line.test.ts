import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import { LogProofLine } from '../../../extension/ui/log-proof.tsx'

const lineOf = (proven: number, pending: number): string =>
  renderToString(
    h(LogProofLine, {
      proofs: [{ outcome: 'proven', at: Date.parse('2026-11-01T12:00:00Z'), proven, pending }],
      organization: 'Riverside Clinic',
      onRetry: () => undefined,
    }),
  )

describe('the sentence on a proven log', () => {
  it('says how many entries are proven while others wait', () => {
    const line = lineOf(36, 4)
    expect(line).toContain('36 of 40 entries are proven against the checkpoint of')
    expect(line).toContain('The newest 4 wait for the next checkpoint.')
    expect(line).not.toContain('Every entry')
  })

  it('says “every entry” only if none waits', () => {
    expect(lineOf(40, 0)).toContain('Every entry is proven against the checkpoint of')
  })
})
