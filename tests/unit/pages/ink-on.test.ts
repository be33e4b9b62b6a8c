import { expect, it } from 'vitest'
import { demoOrganizations } from '../../../server/demo/organizations.ts'
import { html, inkOn, layout, render } from '../../../server/pages/frame/layout.ts'
import { ENGLISH } from '../../../server/pages/frame/locale.ts'

/** The contrast of two colours by WCAG 2.2, implemented here independently. */
const contrast = (...colours: [string, string]): number => {
  const [darker = 0, lighter = 0] = colours
    .map((colour) => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
        const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    })
    .sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

const everyColour = Array.from({ length: 16 ** 3 }, (_, index) =>
  [...index.toString(16).padStart(3, '0')].reduce((text, digit) => `${text}${digit}${digit}`, '#'),
)

it('the letter of a mark can be read on every colour (WCAG 1.4.3: 4.5 to 1)', () => {
  expect(contrast('#FFFFFF', '#000000')).toBeCloseTo(21)
  const unreadable = everyColour.filter((colour) => contrast(colour, inkOn(colour)) < 4.5)
  expect(unreadable).toEqual([])
})

it('the letter is white wherever white can be read', () => {
  for (const { color } of Object.values(demoOrganizations)) expect(inkOn(color)).toBe('#ffffff')
  expect(inkOn('#FFE45C')).toBe('#000000')
})

it('the mark of an organization with a light colour has a dark letter', () => {
  const organization = { name: 'Clinic', about: '', color: '#ffe45c' }
  const page = render(layout({ title: '', organization, locale: ENGLISH, content: html`<p></p>` }))
  expect(page).toMatch(/<text [^>]*fill="#000000"/)
})
