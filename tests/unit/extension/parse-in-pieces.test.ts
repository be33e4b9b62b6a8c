import { afterEach, describe, expect, it, vi } from 'vitest'
import { ProblemError } from '../../../extension/messages/errors.ts'
import { parseInPieces } from '../../../extension/net/long-work.ts'

afterEach(() => vi.restoreAllMocks())

const parse = (json: string): unknown => JSON.parse(json)
const parsed = (text: string) => parseInPieces(text, 'example.org', parse)

describe('F75 an answer that is parsed in pieces', () => {
  it.each([
    '{}',
    '{"resourceType":"Patient","name":[{"family":"A"}]}',
    '{"resourceType":"Bundle","entry":[]}',
    '{"resourceType":"Bundle","entry":[{"resource":{"id":"1","entry":[{"a":[{}]}]}},{"resource":{"id":"2"}}],"total":2}',
    ' { "entry" : [ {"a" : "}],{" } , null, 1, "x", [], [{}], {} ] , "link" : [ {"relation":"next"} ] } ',
    '{"a":"entry","b":["x",{"entry":[{"c":1}]}],"entry":[{"d":"\\"","e":"\\\\"},{"f":"\\u007b"}]}',
    '{"\\u0065ntry":[{"a":1},2,{"b":3}]}',
    '{"entr\\u0079":[{"a":1}],"\\u0065\\u006e\\u0074\\u0072\\u0079x":[{"b":1}]}',
    '{"entry":{"resource":{}}}',
    '{"entry":"x"}',
    '[{"entry":[{}]}]',
    '"text"',
    'null',
  ])('equals the answer parsed at once: %s', async (text) => {
    expect(await parsed(text)).toEqual(JSON.parse(text))
  })

  it.each([
    '',
    '{"entry":[{} {}]}',
    '{"entry":[1{}]}',
    '{"entry":[{}1]}',
    '{"\\u00zzntry":[{}]}',
    '{"entry":[{},]}',
    '{"entry":[{}}',
    '{"entry":[{"a":1]}}',
    '{"entry":[{"a":"',
    '{"entry":[{"a":1}],"total":}',
    '}{',
  ])('is refused if it is not JSON: %s', async (text) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(await parsed(text)).toBeUndefined()
  })

  it('has its entries once, however their name is spelled', async () => {
    expect(await parsed('{"entry":[{}],"entry":[{}]}')).toBeUndefined()
    expect(await parsed('{"entry":[{}],"\\u0065ntry":[{}]}')).toBeUndefined()
  })

  it.each([
    'entry',
    '\\u0065ntry',
    'ent\\u0072y',
    '\\u0065\\u006e\\u0074\\u0072\\u0079',
    '\\u0065\\u006E\\u0074\\u0072\\u0079',
  ])('has its entries parsed one by one if they are named "%s"', async (name) => {
    const parser = vi.fn(parse)
    await parseInPieces(`{"resourceType":"Bundle","${name}":[{"a":1},{"b":2}]}`, 'example.org', parser)
    expect(parser.mock.calls.map(([json]) => json)).toEqual(['{"a":1}', '{"b":2}'])
  })

  it('overflows no stack', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
    expect(await parsed(deep)).toBeUndefined()
    expect(await parsed(`{"entry":[${deep}]}`)).toBeUndefined()
  })

  it.each([
    ['in one entry', `{"entry":[{"a":[${'1,'.repeat(100_000)}1]}]}`],
    ['beside the entries', `{"entry":[{}],"a":[${'1,'.repeat(100_000)}1]}`],
    ['for entries', `{"entry":[${'1,'.repeat(100_000)}1]}`],
    ['as empty entries', `{"entry":[${'{},'.repeat(100_000)}{}]}`],
    ['in a resource', `{"resourceType":"Patient","a":[${'{},'.repeat(100_000)}{}]}`],
  ])('with more than 100,000 values %s is refused before any is parsed', async (_where, text) => {
    const parser = vi.fn(parse)
    await expect(parseInPieces(text, 'example.org', parser)).rejects.toMatchObject({
      code: 'too-many-values',
    })
    expect(parser).not.toHaveBeenCalled()
  })

  it('may contain more than 100,000 values if they are in several entries', async () => {
    const entry = `{"a":[${'1,'.repeat(50_000)}1]}`
    const result = await parsed(`{"entry":[${Array(5).fill(entry).join()}]}`)
    expect(Object(result).entry.map(({ a }: { a: number[] }) => a.length)).toEqual(Array(5).fill(50_001))
  })

  it('lets other tasks run between its entries, however long they take', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 20))
    let turns = 0
    const others = setInterval(() => turns++)
    await parsed(`{"entry":[${Array(20).fill('{}').join()}]}`)
    clearInterval(others)
    expect(turns).toBeGreaterThanOrEqual(10)
  })

  it('is abandoned when nobody waits any more', async () => {
    const waiting = new AbortController()
    const parser = vi.fn((json: string) => {
      waiting.abort(new ProblemError('abandoned'))
      return JSON.parse(json)
    })
    const text = `{"entry":[${Array(20).fill('{}').join()}]}`
    await expect(parseInPieces(text, 'example.org', parser, waiting.signal)).rejects.toMatchObject({
      code: 'abandoned',
    })
    expect(parser).toHaveBeenCalledOnce()
  })

  it('delays no other organization; its own requests wait until it is done', async () => {
    // Every entry counts as a turn, however fast this machine is.
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 20))
    const long = `{"entry":[${Array(20)
      .fill(`{"a":"${'x'.repeat(6_000)}"}`)
      .join()}]}`
    const ends: string[] = []
    const read = (host: string, text: string) => parseInPieces(text, host, parse).then(() => ends.push(host))
    const all = [read('large.test', long), read('large.test', long), read('small.test', '{"entry":[{}]}')]
    expect(await navigator.locks.query()).toMatchObject({ held: [{ name: 'parse:large.test' }] })
    await Promise.all(all)
    expect(ends).toEqual(['small.test', 'large.test', 'large.test'])
  })
})
