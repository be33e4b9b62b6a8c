import { describe, expect, it, test } from 'vitest'
import { leafOf } from '../../../extension/access-log/proof/log-leaf.ts'
import { LARGEST_ENTRY, LONGEST_SEARCH, shortenSearch } from '../../../server/audit/entry/entry-limits.ts'
import { redact } from '../../../server/audit/entry/leaf.ts'
import { openEvent } from '../../../server/audit/entry/stored-event.ts'
import { entriesOf } from '../../../server/audit/write/log.ts'
import { fullAccess, KINDS } from '../../fixtures/full-access.ts'
import { config } from '../../fixtures/served-log.ts'

const written = (access: Parameters<typeof entriesOf>[0]) =>
  entriesOf(access, { now: 0, config })[0] ?? expect.fail()

/** The search of an entry. */
const searchOf = (query: string): string => {
  const { row } = written({ ...fullAccess('search', (member) => member), query })
  const [part] = openEvent(row.json).entity?.flatMap((entity) => entity.query ?? []) ?? []
  return Buffer.from(part ?? '', 'base64').toString()
}

describe('J13 an entry of the log takes 16 kB at most, however long a caller makes', () => {
  const LONG = { plain: 'x', control: '\u0007', three: '\u4e2d', pair: '\u{1f600}', half: '\ud800' }

  test.each(Object.keys(LONG) as (keyof typeof LONG)[])('every text of it: %s', (of) => {
    for (const kind of KINDS) {
      const access = fullAccess(kind, (member) => `${member}${LONG[of].repeat(20_000)}`)
      // A consent, which is about scopes, has no search, and a search is not about scopes.
      const { query, details, ...others } = access
      for (const each of [
        { ...others, query },
        { ...others, details: { ...details, window: 'hour' } },
      ])
        expect(Buffer.byteLength(written(each).row.json), kind).toBeLessThanOrEqual(LARGEST_ENTRY)
    }
  })

  test('its search, of which the names of the parameters stay', () => {
    const values = `code=${encodeURIComponent('\u4e2d'.repeat(8_100))}&status=final&status=amended`
    expect(searchOf(`Observation?${values}`)).toBe('Observation?code=&status=&status=')
  })

  test('its search, if its characters take more than one byte', () => {
    expect(searchOf(`Observation?code=${'\u4e2d'.repeat(LONGEST_SEARCH / 2)}`)).toBe('Observation?code=')
  })

  test('the names of its parameters', () => {
    expect(searchOf(`Observation?${'name=x&'.repeat(5_000)}`)).toBe('Observation')
  })
})

describe('F75 the extension reads the largest entry that the server writes, even if it is erased', () => {
  const salt = Buffer.alloc(16)
  const expectRead = async ({ row }: ReturnType<typeof written>, kind: string) => {
    expect(row.json.length, kind).toBeLessThanOrEqual(LARGEST_ENTRY)
    const erased = JSON.stringify(redact(openEvent(row.json), salt))
    const leaf = await leafOf(JSON.parse(row.json), { text: row.json, salt })
    expect(leaf, kind).toBeDefined()
    expect(await leafOf(JSON.parse(erased), { text: erased }), `${kind}, erased`).toEqual(leaf)
  }

  test('in each kind, with texts as long as they can be', async () => {
    for (const kind of KINDS) {
      const access = fullAccess(kind, (member) => `${member}${'x'.repeat(20_000)}`)
      const { query, details, ...others } = access
      await expectRead(written({ ...others, query }), kind)
      await expectRead(written({ ...others, details: { ...details, window: 'hour' } }), kind)
    }
  })

  test('with as many details as fit', async () => {
    const most = Math.floor(
      (LARGEST_ENTRY - 4_000) / JSON.stringify({ type: 'a:1000', valueString: '1' }).length,
    )
    const details = Object.fromEntries(Array.from({ length: most }, (_, n) => [`a:${1000 + n}`, '1']))
    const { query: _, ...access } = fullAccess('refusals', (member) => member)
    await expectRead(written({ ...access, details }), 'refusals')
  })
})

it('an entry keeps a search up to the limit, the longest name, and a list of scopes, whole', () => {
  const query = `Observation?code=${'x'.repeat(LONGEST_SEARCH - 17)}`
  expect(searchOf(query)).toBe(query)
  const name = '\u{20000}'.repeat(80)
  const scope = `patient/Observation.rs?code=${'x'.repeat(8_000)}`
  const access = fullAccess('consent', (member) => (member === 'details.scope' ? scope : name))
  const { json } = written(access).row
  expect(json).toContain(scope)
  expect(json).not.toContain('…')
})

it('a text that was cut differs from every id that it begins with', () => {
  const { row } = written(fullAccess('read', (member) => member + 'x'.repeat(500)))
  expect(row.client_id).toMatch(/^agent\.clientIdx+…$/)
  expect(openEvent(row.json).agent[0]?.who?.identifier?.value).toBe(row.client_id)
})

test('J13 a search is no longer than the share that a caller names', () => {
  const values = Array.from(
    { length: 50 },
    (_, n) => `component-value-quantity:missing=${n}${'y'.repeat(30)}`,
  )
  for (const most of [833, 100]) {
    const short = shortenSearch(`Observation/_search?${values.join('&')}`, most)
    expect(Buffer.byteLength(short)).toBeLessThanOrEqual(most)
    expect(short).toContain('Observation/_search')
  }
})

test('J13 of two searches in one, the second keeps its path', () => {
  expect(shortenSearch(`Patient?name=${'y'.repeat(90)} Encounter?patient=p`, 80)).toBe(
    'Patient?name= Encounter?patient=',
  )
})
