import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { hasPostgres } from '../fixtures/postgres.ts'
import { startSecondServer } from '../fixtures/second-server.ts'
import { obtainCode, readRecord, redeem, refresh } from '../fixtures/token-requests.ts'

const SECOND = 1000

describe.runIf(hasPostgres)('two servers on one database, whose clocks are 20 s apart', () => {
  let first: TestOrganization
  let close: () => Promise<void>
  /** The second server's base: its machine is ahead. */
  let ahead: string
  beforeEach(async () => {
    first = await startOrganization({ demo: 'riverside', store: 'postgres' })
    const second = await startSecondServer(first, () => Date.now() + 20 * SECOND)
    ahead = second.url
    close = second.close
  })
  afterEach(async () => {
    await close()
    await first.close()
  })

  test.each(['behind', 'ahead'])(
    'T07 a refresh that is repeated at the server that is %s gets the same answer, and its grant goes on',
    async (where) => {
      const [earlier, later] = where === 'behind' ? [ahead, first.url] : [first.url, ahead]
      const { body: token } = await redeem(first.url, await obtainCode(first.url))
      const answer = await refresh(earlier, token.refresh_token)
      // Another window of the application has used it: it is not lost.
      expect(await readRecord(earlier, answer.body.access_token)).toBe(200)
      expect(await refresh(later, token.refresh_token)).toEqual(answer)
      expect(await readRecord(later, answer.body.access_token)).toBe(200)
    },
  )
})
