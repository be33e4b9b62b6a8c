import { describe, expect, test } from 'vitest'
import { rangeOf } from '../../../values/address-range.ts'

/** The registries of RFC 6890, with an address at each end of a range that is near a border. */
const PRIVATE = [
  ...['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255'],
  ...[
    '169.254.169.254',
    '172.16.0.0',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
  ],
  ...['198.18.0.0', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255'],
  ...['240.0.0.1', '255.255.255.255', '::', '::2', '::7f00:1', '::10.0.0.1', '::8.8.8.8', '::127.0.0.1'],
  ...['::ffff:10.0.0.1', '::ffff:0a00:1', '::ffff:0:7f00:1', '::ffff:0:8.8.8.8'],
  ...[
    '64:ff9b::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '100::1',
    '1fff::1',
    '2001::1',
    '2001:1ff:ffff::1',
  ],
  ...['2001:db8::1', '2002:a00:1::', '2002:808:808::', '3fff::1', '4000::1', '5f00::1', 'fc00::1', 'fdff::1'],
  ...['fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1', '2606:4700::1111%1', '::1%lo'],
  ...['', 'localhost', 'no address', '1.2.3.4.5', '1.2.3.256', '08.8.8.8', ':::'],
]
const PUBLIC = [
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.255.255'],
  ...['172.32.0.0', '192.0.1.1', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
  ...['::ffff:8.8.8.8', '::ffff:808:808', '2001:200::1', '2606:4700::1111', '2a00:1450::1', '3ffe::1'],
]
const LOOPBACK = [
  '127.0.0.1',
  '127.255.255.255',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
]
/** Spellings that programs read in different ways. */
const ODD = [
  ['2130706433', 'loopback'],
  ['0x7f000001', 'loopback'],
  ['0177.0.0.1', 'loopback'],
  ['127.1', 'loopback'],
  ['012.1.2.3', 'private'],
  ['0xa000001', 'private'],
] as const

describe('F09 the range of an address', () => {
  test.each([
    ...PRIVATE.map((address) => [address, 'private'] as const),
    ...PUBLIC.map((address) => [address, 'public'] as const),
    ...LOOPBACK.map((address) => [address, 'loopback'] as const),
    ...ODD,
  ])('%s is %s', (address, range) => {
    expect(rangeOf(address)).toBe(range)
  })
})
