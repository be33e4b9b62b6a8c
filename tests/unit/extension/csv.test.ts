import { describe, expect, it } from 'vitest'
import { csv } from '../../../extension/ui/controls/download.ts'

describe('a table for spreadsheets', () => {
  it('is UTF-8 with a byte order mark, one line for each row, and every cell in quotes', () => {
    expect(csv(['a', 'b "c"'], [['d,e', 'f\ng']], [])).toBe('\uFEFF"a","b ""c"""\r\n"d,e","f\ng"\r\n')
  })

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '|x',
    '%x',
    '\u22121',
    // Full-width and small forms.
    '\uff1d1',
    '\uff0b1',
    '\uff0d1',
    '\uff201',
    '\ufe661',
    '\ufe621',
    '\ufe631',
    '\ufe6b1',
    // Behind invisible characters.
    '\t1',
    '\r1',
    '\n1',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\u202e=1',
    '\ufeff\u2060=1',
    '\u0000=1',
    '"=1',
    "'=1",
  ])('F47 F80 %j is never a formula', (text) => {
    expect(csv([text], [], [])).toBe(`\uFEFF"'${text.replaceAll('"', '""')}"\r\n`)
  })

  // A spreadsheet that separates by semicolons takes what follows for the next cell, whatever is in quotes.
  it.each([
    ['5 x;=1+cmd|a!A0;', "5 x;'=1+cmd|a!A0;"],
    ['x; @SUM(A1)', "x;' @SUM(A1)"],
    ['x;"=1;+2', "x;'\"=1;'+2"],
    ['x\n=1', "x\n'=1"],
    ['x\t=1', "x\t'=1"],
    ['=1;=2', "'=1;'=2"],
  ])('F47 F80 %j begins no cell with a formula after a semicolon or a line', (text, written) => {
    expect(csv([text], [], [])).toBe(`\uFEFF"${written.replaceAll('"', '""')}"\r\n`)
  })

  it.each(['a; b', 'Riverside Clinic', '128/82', '81.20', '<90', '2026-01-02', 'a=b', '≤ 5'])(
    '%j stays as it is',
    (text) => {
      expect(csv([text], [], [])).toBe(`\uFEFF"${text}"\r\n`)
    },
  )

  it('says what it lacks, in a column of its own', () => {
    expect(csv(['a', 'b'], [['1', '2']], ['Some of it.', '=1'])).toBe(
      '\uFEFF"a","b","not in this file"\r\n"1","2",""\r\n"","","Some of it."\r\n"","","\'=1"\r\n',
    )
  })
})
