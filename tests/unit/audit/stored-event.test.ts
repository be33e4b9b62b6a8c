import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { leafOf } from '../../../extension/access-log/log-leaf.ts'
import { entriesOf } from '../../../server/audit/log.ts'
import { openEvent } from '../../../server/audit/stored-event.ts'
import type { Config } from '../../../server/config.ts'
import { fullAccess, KINDS } from '../../fixtures/full-access.ts'
import { otherSpellings } from '../../fixtures/other-spellings.ts'

const salt = Uint8Array.from({ length: 16 }, (_, at) => at)

const config: Config = {
  publicUrl: 'http://localhost:3100',
  host: 'localhost',
  port: 3100,
  source: { kind: 'embedded' },
  organization: { name: 'Riverside Clinic', about: '', color: '#000000' },
}

/** Any text, with whole characters and halves of some. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', 'x') }),
)

/** The text of an entry of any kind, with any text in its members. */
const entries = fc
  .record({ kind: fc.constantFrom(...KINDS), words: fc.infiniteStream(anyText) })
  .map(({ kind, words }) => {
    const [entry] = entriesOf(
      fullAccess(kind, () => words.next().value),
      { now: Date.UTC(2026, 0, 2), config },
    )
    return entry?.row.json ?? expect.fail()
  })

/** The checks of the server and of the extension, neither of which knows the other. */
const isReadByBoth = async (text: string): Promise<boolean[]> => {
  const leaf = await leafOf(JSON.parse(text), { text, salt })
  try {
    openEvent(text)
    return [true, leaf !== undefined]
  } catch {
    return [false, leaf !== undefined]
  }
}

describe('J07 an entry of the log', () => {
  test.prop([entries])('is read as it was written', async (text) => {
    expect(await isReadByBoth(text)).toEqual([true, true])
  })

  test.prop([entries.chain((json) => otherSpellings(json).map((other) => ({ json, other })))])(
    'is not read in another spelling, neither by the server nor by the extension',
    async ({ json, other }) => {
      expect(JSON.parse(other.text)).toEqual(JSON.parse(json))
      expect(await isReadByBoth(other.text), other.how).toEqual([false, false])
    },
  )

  test.each([
    ['a number with a fraction of nothing', '{"a":1.0}'],
    ['a number with an exponent', '{"a":1e0}'],
    ['minus nothing', '{"a":-0}'],
    ['a number that has no place in JavaScript', '{"a":9007199254740993}'],
    ['a fraction', '{"a":0.5}'],
    ['null', '{"a":null}'],
    ['half of a character', '{"a":"\\ud800"}'],
    ['half of a character in a name', '{"\\ud800":1}'],
    ['names that are numbers', '{"9":1,"10":2}'],
    ['endless nesting', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
    ['a byte order mark', '\ufeff{"a":1}'],
  ])('is not read with %s', async (_what, text) => {
    expect(() => openEvent(text)).toThrow()
    if (!text.startsWith('\ufeff')) expect(await leafOf(JSON.parse(text), { text, salt })).toBeUndefined()
  })
})
