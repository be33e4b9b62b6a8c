import { afterEach, expect, it, vi } from 'vitest'
import { digestTexts } from '../../../extension/access-log/proof/log-leaf.ts'
import { ProblemError } from '../../../extension/messages/errors.ts'
import { countDigests } from '../../fixtures/count-digests.ts'

afterEach(() => vi.restoreAllMocks())

const events = Array.from({ length: 50 }, (_, n) => ({ n }))

it('F75 the texts of a page are hashed one after another', async () => {
  const digests = countDigests()
  expect((await digestTexts(events)).size).toBe(50)
  expect(digests.mostAtOnce()).toBe(1)
})

it('F72 no text is hashed for a page that is no longer wanted', async () => {
  const digests = countDigests()
  const signal = AbortSignal.abort(new ProblemError('locked'))
  await expect(digestTexts(events, signal)).rejects.toMatchObject({ code: 'locked' })
  expect(digests.count()).toBe(0)
})
