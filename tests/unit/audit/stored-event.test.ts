import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { leafOf } from '../../../extension/access-log/proof/log-leaf.ts'
import { openEvent, openEvents } from '../../../server/audit/entry/stored-event.ts'
import { entriesOf } from '../../../server/audit/write/log.ts'
import { entryTexts, isReadByBoth, respelledTexts } from '../../fixtures/entry-texts.ts'
import { fullAccess } from '../../fixtures/full-access.ts'
import { config } from '../../fixtures/served-log.ts'

describe('J07 an entry of the log', () => {
  test.prop([entryTexts])('is read as it was written', async (text) => {
    expect(await isReadByBoth(text)).toEqual([true, true])
  })

  test.prop([respelledTexts])(
    'is not read in another spelling, neither by the server nor by the extension',
    async ({ json, other }) => {
      expect(JSON.parse(other.text)).toEqual(JSON.parse(json))
      expect(await isReadByBoth(other.text), other.how).toEqual([false, false])
    },
  )

  test('is written without the address of a connection that had ended', async () => {
    const access = fullAccess('read', (member) => member)
    const agent = { ...access.agent, address: undefined as never }
    const [entry] = entriesOf({ ...access, agent }, { now: 0, config })
    expect(entry?.row.json).not.toContain('agent.address')
    expect(await isReadByBoth(entry?.row.json ?? '')).toEqual([true, true])
  })

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
    if (!text.startsWith('\ufeff'))
      expect(await leafOf(JSON.parse(text), { text, salt: new Uint8Array(16) })).toBeUndefined()
  })
})

test('J13 others are answered while many entries are opened', async () => {
  const [entry] = entriesOf(
    fullAccess('search', (member) => member),
    { now: 0, config },
  )
  const row = { json: entry?.row.json ?? '' }
  let turns = 0
  const count = () => {
    turns++
    counting = setImmediate(count)
  }
  let counting = setImmediate(count)
  let opened = 0
  for await (const [, event] of openEvents(Array(500).fill(row)))
    if (event.resourceType === 'AuditEvent') opened++
  clearImmediate(counting)
  expect(opened).toBe(500)
  expect(turns).toBeGreaterThan(5)
})
