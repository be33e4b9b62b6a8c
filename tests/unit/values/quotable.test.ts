import { expect, it } from 'vitest'
import { isolated, quotable } from '../../../values/quotable.ts'

const marks = [
  ...'"“”„‟«»‹›‚‘’‛〝〞〟「」『』＂＇｢｣〈〉《》⟨⟩⟪⟫≪≫<>＜＞',
  ...'ʺ˝″‶‴⁗ˮ״ײ〃❛❜❝❞❟❠❮❯🙶🙷🙸`´^¨|\\{}',
  '\u030b',
  '\u0308',
  "''",
  "' '",
]

it.each(marks)('a text in quotation marks holds nothing that could close them: %s', (mark) => {
  expect(quotable(`All is well.${mark} Honest Clinic says: ${mark}Stop.`)).toMatch(
    /^All is well\.('|\u00a8)? Honest Clinic says: '?Stop\.$/,
  )
  expect(quotable(`${mark}Stop.${mark}`)).toBe('Stop.')
})

it.each([
  ['one\n\r\u2028two', 'one two'],
  ['\u202eone\u200b\u2066two\u3164\u{e0041}', 'onetwo'],
  ['', ''],
  ['“”', ''],
])('a text in quotation marks is one line, and hides nothing: %j', (text, quoted) => {
  expect(quotable(text)).toBe(quoted)
})

it.each([
  'Not read here, although the record may hold them: Claim (12), 50 % of all; ask +1-555-0100!',
  'Datos de 2026–11. ¿Qué falta? Nada… ¡Ñandú!',
  "The clinic's answer",
  'データは古い。',
  '数据、旧的',
  'بيانات، قديمة؟',
  'हिन्दी में पाठ।',
])('a text in quotation marks stays as it is otherwise: %s', (text) => {
  expect(quotable(text)).toBe(text)
  expect(quotable(quotable(text))).toBe(text)
})

it.each(['שרה לוי', 'علي حسن', 'Klinik عيادة', '\u{1e900}'])(
  'a name that is written from the right turns nothing around it: %s',
  (name) => {
    expect(isolated(name)).toBe(`\u2068${name}\u2069`)
  },
)

it('a name that is written from the left stands as it is', () => {
  expect(isolated('María 東京')).toBe('María 東京')
})
