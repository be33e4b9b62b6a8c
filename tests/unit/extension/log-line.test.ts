import { describe, expect, it } from 'vitest'
import {
  openCheckpoint,
  readKey,
  readLine,
  toLine,
} from '../../../extension/access-log/proof/log-checkpoint.ts'
import { createKey } from '../../fixtures/reference-log.ts'

const origin = 'clinic.example/audit'
const key = createKey(origin)
const root = Buffer.alloc(32, 7)
const note = key.note(12, root)
const witnessed =
  note + (createKey('witness.example').note(12, root, 'witness.example').split('\n\n')[1] ?? '')

const open = async (text: string) => {
  const line = readLine(text)
  const verifier = await readKey(key.vkey)
  return line && verifier ? openCheckpoint(line.note, { origin, key: verifier }) : undefined
}

describe('F35 a checkpoint as a line', () => {
  it('is one line, and opens like the note it was made from', async () => {
    for (const each of [note, witnessed]) {
      const { line = '', ...said } = (await toLine(each, key.vkey)) ?? {}
      expect(said).toEqual({ origin, size: 12 })
      expect(line).toMatch(/^checkpoint clinic\.example\/audit 12 \S{44} \S{92}$/)
      expect(await open(line)).toEqual({ size: 12, root: new Uint8Array(root) })
    }
  })

  it('may be wrapped as messages wrap lines, and a note is accepted too', async () => {
    const { line = '' } = (await toLine(note, key.vkey)) ?? {}
    for (const text of [
      `\n  ${line.replaceAll(' ', '\n ')} \n`,
      line.replace('checkpoint ', ''),
      note,
      witnessed,
    ])
      expect(await open(text), text).toEqual({ size: 12, root: new Uint8Array(root) })
  })

  it('is not accepted if it was changed', async () => {
    const { line = '' } = (await toLine(note, key.vkey)) ?? {}
    expect(await open(line.replace(' 12 ', ' 13 '))).toBe('bad-signature')
    expect(await open(line.replace(root.toString('base64'), Buffer.alloc(32, 8).toString('base64')))).toBe(
      'bad-signature',
    )
    expect(await open(line.replace('clinic', 'other'))).toBe('other-origin')
  })

  it('is the only text that is accepted', async () => {
    for (const text of [
      '',
      'checkpoint',
      'hello world',
      `checkpoint ${origin} 12 ${root.toString('base64')}`,
    ])
      expect(await open(text), text).toBeUndefined()
    expect(await open('checkpoint clinic.example/audit twelve A B')).toBe('malformed')
    expect(await toLine('no note', key.vkey)).toBeUndefined()
    expect(await toLine(note, createKey(origin).vkey)).toBeUndefined()
  })
})
