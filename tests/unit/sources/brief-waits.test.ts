import { expect, test } from 'vitest'
import { LONGEST_SILENCE } from '../../../server/http/own-socket.ts'
import { LONGEST_REDEEMING, LONGEST_WAIT } from '../../../server/sources/withings/brief-waits.ts'

test('W08 a page that waits for Withings as long as it may is sent before its connection is cut', () => {
  expect(LONGEST_REDEEMING + LONGEST_WAIT).toBeLessThan(LONGEST_SILENCE)
})
