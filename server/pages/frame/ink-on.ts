/** Returns white or, where white could not be read, black: one of them has a contrast of 4.5 to 1 on every colour (WCAG 1.4.3). */
export const inkOn = (color: string): '#ffffff' | '#000000' =>
  1.05 / (luminance(color) + 0.05) >= 4.5 ? '#ffffff' : '#000000'

/**
 * The relative luminance of WCAG 2.2, from 0 to 1.
 *
 * @param color `#rrggbb`.
 */
const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
