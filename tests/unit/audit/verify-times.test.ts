import { describe, expect, it } from 'vitest'
import { createTimeCheck } from '../../../server/audit/verify/verify-times.ts'

const minutes = (...after: number[]) =>
  after.map((each, index) => ({
    index,
    id: `e${index}`,
    recorded: each * 60_000,
    acceptsClock: false,
  }))

describe('F73 the dates of a log', () => {
  it('follow its order, give or take a minute', () => {
    expect(() => minutes(1, 2, 2, 1.5, 1, 8, 7.5).forEach(createTimeCheck())).not.toThrow()
    expect(() => minutes(1, 8, 6.9).forEach(createTimeCheck())).toThrow(
      'entry 2 (AuditEvent/e2) is dated before',
    )
  })

  it('may go back if the log says that the operator set the clock back, and not otherwise', () => {
    const [first, clock, ...later] = minutes(90, 10, 11, 12) as [never, object, ...never[]]
    const saying = (acceptsClock: boolean) => [first, { ...clock, acceptsClock } as never, ...later]
    expect(() => saying(true).forEach(createTimeCheck())).not.toThrow()
    expect(() => saying(false).forEach(createTimeCheck())).toThrow('misdated: entry 1')
  })

  it('are dates', () => {
    expect(() => [{ ...minutes(1)[0], recorded: null } as never].forEach(createTimeCheck())).toThrow(
      'misdated',
    )
  })
})
