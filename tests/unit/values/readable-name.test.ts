import { describe, expect, it } from 'vitest'
import { escapedText, readableName, readableText } from '../../../values/readable-name.ts'

describe('F77 a name from outside', () => {
  it.each([
    ['Riverside Clinic', 'Riverside Clinic'],
    ['  Riverside \n\r\n\t Clinic\u2028 ', 'Riverside Clinic'],
    ['River\u200bside\u2060 Cli\ufeffnic', 'Riverside Clinic'],
    ['\u202ecinilC edisreviR\u202c', 'cinilC edisreviR'],
    ['a\u2066b\u2069\u200e\u200f\u061c', 'ab'],
    ['a\u0000b\u001b[31mc\u009d', 'a b [31mc'],
    ['so\u00adft\u034f\u115f\u3164\uffa0\u2800', 'soft'],
    ['tag\u{e0041}\u{e007f}', 'tag'],
    ['half \ud800 pair', 'half pair'],
    ['private \ue000', 'private'],
    [`Z${'\u0301'.repeat(50)}algo`, 'Z\u0301\u0301algo'],
    ['\u0301 \u0301a\u0301', 'a\u0301'],
    ['မျှော်', 'မျှော်'],
    ['Hôpital Ñandú Żółć', 'Hôpital Ñandú Żółć'],
    ['東京病院', '東京病院'],
    ['עמותה', 'עמותה'],
    ['<b>Clinic</b>', '<b>Clinic</b>'],
    ['\u200b\u202e\n', ''],
  ])('%j is read as %j', (name, cleaned) => {
    expect(readableName(name)).toBe(cleaned)
  })

  it('is as long as the page has room for', () => {
    expect(readableName('a'.repeat(80))).toBe('a'.repeat(80))
    expect(readableName('a'.repeat(81))).toBe(`${'a'.repeat(79)}…`)
    expect(readableName('a '.repeat(5_000_000))).toHaveLength(80)
    expect([...readableName('😀'.repeat(100))]).toHaveLength(80)
    expect(readableName('abcdef', 4)).toBe('abc…')
  })

  it('does not change when it is cleaned again', () => {
    for (const name of ['a\u202e \u200b b', ' \u0301 a \u0301 b', 'a'.repeat(100), ' \u200b x'])
      expect(readableName(readableName(name))).toBe(readableName(name))
  })
})

describe('F77 text of a record', () => {
  it.each([
    ['take \u202e01\u202c mg', 'take 01 mg'],
    ['one\ntwo\u0000', 'one two '],
    ['1\u200b0 mg', '10 mg'],
    ['علی\u200cرضا', 'علی\u200cرضا'],
    ['क्\u200dष', 'क्\u200dष'],
  ])('%j is read as %j', (text, cleaned) => {
    expect(readableText(text)).toBe(cleaned)
  })
})

describe('the marks on a letter of a text', () => {
  const many = '\u0304'.repeat(33)
  it.each([
    [
      'on top of each other are four at most',
      `A${many}B${many}`,
      'A\u0304\u0304\u0304\u0304B\u0304\u0304\u0304\u0304',
    ],
    [
      'are counted on, whatever unseen is between them',
      `A${'\u0304\u200d'.repeat(9)}`,
      `A\u0304\u200d\u0304\u200d\u0304\u200d\u0304${'\u200d'.repeat(6)}`,
    ],
    [
      'are none at its beginning or after a space, where they would stand on another text',
      `${many}A ${many}B`,
      'A B',
    ],
    ['stay as scripts need them', 'בְּרֵאשִׁ֖ית བསྒྲུབས မျှော် कि क्षि ที่ Ệ', 'בְּרֵאשִׁ֖ית བསྒྲུབས မျှော် कि क्षि ที่ Ệ'],
    ['stay with an emoji', '❤️‍🔥 1️⃣', '❤️‍🔥 1️⃣'],
  ])('%s', (_what, text, cleaned) => {
    expect(readableText(text)).toBe(cleaned)
  })
})

describe('a text whose hidden characters are escaped', () => {
  it.each([
    ['\u001b[2J\u009b1A', '\\u001b[2J\\u009b1A'],
    ['one\ntwo\r\u0000', 'one\\u000atwo\\u000d\\u0000'],
    ['take \u202e01 mg', 'take \\u202e01 mg'],
    ['tag\u{e0041}', 'tag\\udb40\\udc41'],
    ['Zoë علی\u200cرضا "a\\b" 😀', 'Zoë علی\u200cرضا "a\\b" 😀'],
  ])('of %j is %j', (text, written) => {
    expect(escapedText(text)).toBe(written)
    const json = JSON.stringify({ text })
    expect(JSON.parse(escapedText(json))).toEqual({ text })
  })
})
