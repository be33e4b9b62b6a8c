import { describe, expect, it } from 'vitest'
import { fileName } from '../../../extension/ui/controls/download.ts'

/** Shortly after midnight, when it is still the previous day in some places and in UTC in others. */
const at = new Date(2026, 10, 25, 0, 5)

describe('a downloaded file', () => {
  it.each([
    ['John Doe', 'carekey-john-doe-2026-11-25.json'],
    ['José Ángel Núñez-O’Hara', 'carekey-jose-angel-nunez-o-hara-2026-11-25.json'],
    ['Søren Æbeltoft Weiß', 'carekey-soren-aebeltoft-weiss-2026-11-25.json'],
    ['../../etc/passwd', 'carekey-etc-passwd-2026-11-25.json'],
    ['张无忌', 'carekey-2026-11-25.json'],
    ['', 'carekey-2026-11-25.json'],
  ])('of %s is named %s', (name, file) => {
    expect(fileName([name], 'json', at)).toBe(file)
  })

  it('has a short name even if the person’s name is very long', () => {
    expect(fileName(['Anna '.repeat(100), 'vital-signs'], 'csv', at)).toMatch(
      /^carekey-(anna-){11}anna-vital-signs-2026-11-25\.csv$/,
    )
  })
})
