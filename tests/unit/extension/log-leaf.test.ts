import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  canonicalJson,
  entryLimits,
  leafOf as leafOfText,
} from '../../../extension/access-log/proof/log-leaf.ts'
import { countDigests } from '../../fixtures/count-digests.ts'
import { type Event, leafHashOf, redacted } from '../../fixtures/reference-log.ts'

const event: Event = {
  resourceType: 'AuditEvent',
  id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1',
  recorded: '2026-11-24T12:00:00.000Z',
  agent: [
    {
      who: { reference: 'Patient/1', identifier: { value: 'john' }, display: 'Jöhn "Doe"\n' },
      network: { address: '127.0.0.1', type: '2' },
      requestor: false,
    },
    { who: { display: 'Riverside Clinic' } },
  ],
  entity: [{ what: { reference: 'Patient/1' } }, { query: 'T2JzZXJ2YXRpb24=', detail: [{ type: 'n' }] }],
}
const salt = Uint8Array.from(randomBytes(16))

/** The leaf of an event that was written in canonical JSON. */
const leafOf = (event: Record<string, unknown>, parts: { salt?: typeof salt; count?: number }) =>
  leafOfText(event, { text: canonicalJson(event), ...parts })

describe('canonical JSON', () => {
  it('matches the example of RFC 8785, without the parts that no entry contains', () => {
    const value = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      \ufb33: 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    }
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    )
    expect(
      canonicalJson({ string: '€$\u000f\nA\'B"\\\\"/', list: [true, false, -0, 9007199254740991] }),
    ).toBe('{"list":[true,false,0,9007199254740991],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}')
  })

  it('keeps a member of any name', () => {
    expect(canonicalJson(JSON.parse('{"constructor":1,"__proto__":{"b":1,"a":2}}'))).toBe(
      '{"__proto__":{"a":2,"b":1},"constructor":1}',
    )
  })

  it('does not exist for values that no entry contains', () => {
    const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    const values = [
      1.5,
      2 ** 53,
      Number.NaN,
      1e300,
      null,
      undefined,
      '\ud800',
      { '\udc00': 1 },
      [[null]],
      deep,
    ]
    for (const value of values) expect(canonicalJson(value)).toBeUndefined()
  })
})

describe('the leaf of an entry', () => {
  it('equals the one that the server calculates, with and without a number', async () => {
    const entry = { event, salt: Buffer.from(salt) }
    expect(await leafOf(event, { salt })).toEqual(Uint8Array.from(leafHashOf(entry)))
    expect(await leafOf(event, { salt, count: 7 })).toEqual(
      Uint8Array.from(leafHashOf({ ...entry, count: 7 })),
    )
    expect(await leafOf(event, { salt, count: 7 })).not.toEqual(await leafOf(event, { salt }))
  })

  it('hides every text, also in members that no entry has yet, but those that say nothing of a person', async () => {
    const kept = {
      ...{ action: 'R', id: 'i', outcome: '0', recorded: 'now', resourceType: 'AuditEvent' },
      ...{ period: { end: 'e', start: 's' }, source: { observer: { display: 'o' } } },
      ...{ subtype: [{ code: 'read' }], type: { code: 'rest' } },
    }
    const texts = {
      ...kept,
      agent: [{ network: { address: 'a', type: '2' }, type: { text: 't' }, who: { display: 'w' }, new: 'n' }],
      entity: [
        { detail: [{ type: 'd', valueString: 'v' }], new: ['n'], role: { code: '1' }, type: { code: '2' } },
      ],
      new: { type: 'n' },
    }
    const at = (path: string, text: string) =>
      `sha256:${createHash('sha256').update(salt).update(`${path}\0${text}`).digest('base64url')}`
    const erased = {
      ...kept,
      agent: [
        {
          network: { address: at('agent.0.network.address', 'a'), type: '2' },
          type: { text: 't' },
          who: { display: at('agent.0.who.display', 'w') },
          new: at('agent.0.new', 'n'),
        },
      ],
      entity: [
        {
          detail: [{ type: 'd', valueString: at('entity.0.detail.0.valueString', 'v') }],
          new: [at('entity.0.new.0', 'n')],
          role: { code: '1' },
          type: { code: '2' },
        },
      ],
      new: { type: at('new.type', 'n') },
    }
    expect(await leafOf(texts, { salt })).toEqual(await leafOf(erased, {}))
    expect(redacted(texts as never, salt)).toEqual(erased)
  })

  it('does not change when the personal values are erased', async () => {
    const erased = redacted(event, salt) as Event
    expect(JSON.stringify(erased)).not.toMatch(/Patient\/1|john|Doe|127\.0|T2Jz/)
    expect(await leafOf(erased, { count: 7 })).toEqual(await leafOf(event, { salt, count: 7 }))
  })

  it('does not exist if values are unencrypted and there is no salt', async () => {
    expect(await leafOf(event, {})).toBeUndefined()
  })

  it('changes when any displayed value changes', async () => {
    const leaf = await leafOf(event, { salt, count: 1 })
    const changed: Event[] = [
      { ...event, recorded: '2026-11-24T12:00:00.001Z' },
      { ...event, id: event.id.toUpperCase() },
      { ...event, outcome: '0' },
      { ...event, entity: [] },
      JSON.parse(JSON.stringify(event).replace('Riverside', 'Lakeside')),
      JSON.parse(JSON.stringify(event).replace('john', 'jane')),
      JSON.parse(JSON.stringify(event).replace('"requestor":false', '"requestor":"false"')),
      { ...event, agent: (event.agent as unknown[]).toReversed() },
    ]
    for (const other of changed) expect(await leafOf(other, { salt, count: 1 })).not.toEqual(leaf)
    expect(await leafOf(event, { salt: Uint8Array.from(randomBytes(16)), count: 1 })).not.toEqual(leaf)
  })

  it('changes when a value moves to another place', async () => {
    const at = (display: object) => leafOf({ ...event, agent: [{ who: display }] }, { salt })
    expect(await at({ reference: 'x' })).not.toEqual(await at({ display: 'x' }))
  })

  it('does not confuse an object with numbered members with a list, nor a name with a dot with a path', async () => {
    const leaves = await Promise.all(
      [
        { agent: [{ who: { display: 'x' } }] },
        { agent: { 0: { who: { display: 'x' } } } },
        { agent: [{ 'who.display': 'x' }] },
        { 'agent.0.who.display': 'x' },
      ].map((event) => leafOf(event, { salt })),
    )
    expect(new Set(leaves.map((leaf) => Buffer.from(leaf ?? []).toString('hex'))).size).toBe(4)
  })

  it('does not exist for values without a canonical form', async () => {
    expect(await leafOf({ agent: [{ who: { display: '\ud800' } }] }, { salt })).toBeUndefined()
    expect(await leafOf({ ...event, n: 0.5 }, { salt })).toBeUndefined()
  })
})

describe('F75 an entry within the limits of what is hashed', () => {
  afterEach(() => vi.restoreAllMocks())

  const { characters, personalTexts, path } = entryLimits
  /** An event without any other personal text. */
  const { agent: _, entity: __, ...bare } = event
  const lengthOf = (value: Event) => canonicalJson(value)?.length ?? 0
  const beside: [limit: string, (beyond: number) => Event][] = [
    ['length', (beyond) => ({ ...bare, n: 'x'.repeat(characters - lengthOf({ ...bare, n: '' }) + beyond) })],
    ['number of personal texts', (beyond) => ({ ...bare, n: Array(personalTexts + beyond).fill('') })],
    ['length of a path', (beyond) => ({ ...bare, ['n'.repeat(path - 2 + beyond)]: [''] })],
  ]

  it.each(beside)('has a leaf at the limit of its %s, one hash after another', async (_limit, eventOf) => {
    const expected = Uint8Array.from(leafHashOf({ event: eventOf(0), salt: Buffer.from(salt) }))
    const digests = countDigests()
    expect(await leafOf(eventOf(0), { salt })).toEqual(expected)
    expect(digests.mostAtOnce()).toBe(1)
  })

  it.each(beside)('has none beyond the limit of its %s, and nothing is hashed', async (_limit, eventOf) => {
    const digests = countDigests()
    expect(await leafOf(eventOf(1), { salt })).toBeUndefined()
    expect(digests.count()).toBe(0)
  })
})
