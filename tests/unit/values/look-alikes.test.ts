import { describe, expect, it } from 'vitest'
import { skeletonOf } from '../../../values/look-alikes.ts'

describe('J05 J64 names that look alike have one skeleton', () => {
  it.each([
    ['Carekey', 'C\u0430r\u0435k\u0435\u0443'],
    ['Carekey', 'CAREKEY'],
    ['Carekey', 'Care-key'],
    ['Carekey', 'Carekey\u034f'],
    ['Bank', '\u0412\u0430nk'],
    ['bank', '\u0432\u0430nk'],
    ['Hello', '\u0397ello'],
    ['Modern', 'Modem'],
    ['Wallet', 'VVallet'],
    ['Clinic 10', 'Clinic lO'],
    ['Carekey', 'Carekey™'],
    ['Carekey', 'Carekey℠'],
    ['Carekey', 'Carekey®'],
    ['Carekey', 'Carekey🅪'],
    ['Carekey', 'Ⓒarekey'],
    ['Carekey', 'C⒜rekey'],
    ['Hill', 'Hiʟʟ'],
    ['Carekey', 'Cᴀrekey'],
    ['Carekey', 'ᴄᴀʀᴇᴋᴇʏ'],
    ['Carekey', 'Careĸey'],
    ['Carekey', 'Carekєy'],
    ['Carekey', 'CarЄkey'],
    ['Riverside', 'Riʋerside'],
    ['House', 'Hoʋse'],
    ['Clinic', 'Cliпic'],
    ['Carekey', 'Carǝkey'],
    ['Carekey', 'Carəkey'],
    ['Carekey', 'Carәkey'],
  ])('%s, %s', (one, other) => {
    expect(skeletonOf(other)).toBe(skeletonOf(one))
  })

  it.each([
    ['Clinic 1', 'Clinic 2'],
    ['North Clinic', 'South Clinic'],
    ['Клиника', 'Аптека'],
    ['★', '☆'],
  ])('%s and %s have not', (one, other) => {
    expect(skeletonOf(other)).not.toBe(skeletonOf(one))
  })
})
