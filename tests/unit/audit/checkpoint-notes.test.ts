import { describe, expect, it } from 'vitest'
import {
  openCheckpoint as openInBrowser,
  readKey,
} from '../../../extension/access-log/proof/log-checkpoint.ts'
import {
  CheckpointRefused,
  openCheckpoint,
  parseVerifierKey,
} from '../../../server/audit/checkpoint/checkpoint.ts'
import { judgedNotes, type NoteVerdict, noteOrigin, noteVkey } from '../../fixtures/checkpoint-notes.ts'

const byServer = (note: string): NoteVerdict => {
  const key = parseVerifierKey(noteVkey) ?? expect.fail()
  try {
    openCheckpoint(note, key, noteOrigin)
    return 'holds'
  } catch (error) {
    if (error instanceof CheckpointRefused) return error.reason
    throw error
  }
}

const REASONS = {
  malformed: 'malformed',
  'other-origin': 'origin',
  'unknown-key': 'key',
  'bad-signature': 'signature',
} as const

const byExtension = async (note: string): Promise<NoteVerdict> => {
  const key = (await readKey(noteVkey)) ?? expect.fail()
  const head = await openInBrowser(note, { origin: noteOrigin, key })
  return typeof head === 'string' ? REASONS[head] : 'holds'
}

describe('F34 server and extension judge a checkpoint alike', () => {
  it.each(judgedNotes)('$what: $verdict', async ({ note, verdict }) => {
    expect({ server: byServer(note), extension: await byExtension(note) }).toEqual({
      server: verdict,
      extension: verdict,
    })
  })

  it('and a key', async () => {
    const [name = '', id = '', key = ''] = noteVkey.split(/\+(.{8})\+/)
    const keys = [
      noteVkey,
      '',
      `other.example/audit+${id}+${key}`,
      `${name}+00000000+${key}`,
      `${name}+${id.toUpperCase()}+${key}`,
      `${name}+${id}+${key.slice(0, -4)}`,
      `${name}+${id}+${key}\n`,
      `${name} +${id}+${key}`,
      `${name}+${id}+B${key.slice(1)}`,
    ]
    const areKeys = keys.map((each) => parseVerifierKey(each) !== undefined)
    expect(areKeys).toEqual([true, ...keys.slice(1).map(() => false)])
    expect(await Promise.all(keys.map(async (each) => (await readKey(each)) !== undefined))).toEqual(areKeys)
  })
})
