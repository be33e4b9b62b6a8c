import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  isExcuse,
  isSigned as isSignedForBrowser,
} from '../../../extension/access-log/proof/log-signature.ts'
import { noteKeyOf } from '../../../server/audit/checkpoint/checkpoint.ts'
import { isSigned, requireSigned, signEvent } from '../../../server/audit/checkpoint/signed-entry.ts'
import { auditRecord } from '../../../server/audit/entry/record.ts'
import { fullAccess, KINDS } from '../../fixtures/full-access.ts'

const newKey = () => noteKeyOf(generateKeyPairSync('ed25519').privateKey)
const key = newKey()
const PLACE = 41

const eventOf = (kind: (typeof KINDS)[number], details: Record<string, string> = {}) =>
  auditRecord(
    { ...fullAccess(kind, (member) => `the ${member}`), details },
    { id: 'id', now: Date.UTC(2026, 0, 2), fhirBase: 'http://localhost/fhir', organization: 'Riverside' },
  )

/** The verdict of the server and that of the extension, neither of which knows the other. */
const isSignedForBoth = async (event: object, place: number, { publicKey } = key): Promise<boolean[]> => [
  isSigned(event as never, place, { publicKey }),
  await isSignedForBrowser(structuredClone(event) as never, place, {
    origin: 'localhost/audit',
    id: new Uint8Array(4),
    publicKey: Uint8Array.from(publicKey),
  }),
]

describe('J06 a signed entry', () => {
  test.each([{ clock: 'clock_accepted', seconds: '7' }, {}])(
    'counts at its place, with its key: %o',
    async (details) => {
      const event = signEvent(eventOf('clock', details), PLACE, key)
      expect(await isSignedForBoth(event, PLACE)).toEqual([true, true])
      expect(await isSignedForBoth(event, PLACE + 1), 'another place').toEqual([false, false])
      expect(await isSignedForBoth(event, PLACE, newKey()), 'another key').toEqual([false, false])
      expect(await isSignedForBoth({ ...event, outcome: '8' }, PLACE), 'another entry').toEqual([
        false,
        false,
      ])
      const twice = signEvent(event, PLACE, key)
      expect(await isSignedForBoth(twice, PLACE), 'signed with its signature').toEqual([true, true])
      expect(() => signEvent(event, PLACE, { publicKey: key.publicKey })).toThrow('private key is missing')
    },
  )

  test('is what the server and the extension both ask for, and no other entry is', () => {
    for (const kind of KINDS)
      for (const details of [{}, { clock: 'clock_accepted' }, { clock: 'clock_went_back' }]) {
        const event = eventOf(kind, details)
        const isAsked =
          kind === 'erasure' ||
          kind === 'rollback' ||
          (kind === 'clock' && details.clock === 'clock_accepted')
        expect(isExcuse(event as never), kind).toBe(isAsked)
        const require = () => requireSigned(event, PLACE, { key, since: 0 })
        if (isAsked) expect(require, kind).toThrow(/^forged: entry 41 /)
        else expect(require, kind).not.toThrow()
        expect(() => requireSigned(signEvent(event, PLACE, key), PLACE, { key, since: 0 })).not.toThrow()
        if (isAsked)
          expect(() =>
            requireSigned(signEvent(event, PLACE, key), PLACE, { key: newKey(), since: PLACE }),
          ).toThrow(/^forged/)
        // A lost key signed it, or nobody knows who.
        expect(() => requireSigned(event, PLACE, { key: newKey(), since: PLACE + 1 })).not.toThrow()
      }
  })
})
