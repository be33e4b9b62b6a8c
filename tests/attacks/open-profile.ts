import { createDecipheriv } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { unpackSnappy } from './snappy.ts'

/**
 * Returns everything that the holder of a copied profile can read: tries every key in its files on every sealed value in them,
 * also on deleted ones, and searches the results again. LevelDB keeps deleted values in its log until it compacts, so a
 * short-lived profile can be read completely. Firefox's values are decompressed.
 */
export const openProfile = (profile: string): string[] => {
  const contents = readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && PLACES.test(file.parentPath))
    .flatMap((file) => {
      const path = join(file.parentPath, file.name)
      return [readFileSync(path), ...(file.name.endsWith('.sqlite') ? valuesIn(path) : [])]
    })
  const keys = new Map(contents.flatMap(rawKeys).map((key) => [key.toString('hex'), key]))
  // Firefox writes text with one or two bytes per character.
  const sealed = new Map(contents.flatMap((bytes) => sealedIn(bytes.toString('latin1').replaceAll('\0', ''))))
  const texts = new Set<string>()
  for (let before = -1; before !== texts.size + keys.size; ) {
    before = texts.size + keys.size
    for (const { iv, data } of sealed.values())
      for (const key of keys.values()) {
        const text = open(key, iv, data)
        if (text !== undefined) texts.add(text)
      }
    for (const text of texts) {
      for (const [name, value] of sealedIn(text)) sealed.set(name, value)
      const [, bytes = ''] = /^"([A-Za-z0-9+/]{43}=)"$/.exec(text) ?? []
      if (bytes) keys.set(Buffer.from(bytes, 'base64').toString('hex'), Buffer.from(bytes, 'base64'))
    }
  }
  return [...texts]
}

/** Where Chromium and Firefox keep what an extension stores. */
const PLACES = /Local Extension Settings|IndexedDB|moz-extension\+\+\+/

/**
 * Returns the current contents of Firefox's IndexedDB, decompressed. Reads a copy, because the database may be in use, together
 * with the log that is not merged into it yet.
 */
const valuesIn = (path: string): Buffer[] => {
  const folder = mkdtempSync(join(tmpdir(), 'carekey-profile-'))
  try {
    const copy = join(folder, 'copy.sqlite')
    copyFileSync(path, copy)
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    const database = new DatabaseSync(copy)
    const rows = database.prepare('select data from object_data').all()
    database.close()
    return rows.flatMap(({ data }) => (data instanceof Uint8Array ? [unpackSnappy(data)] : []))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The bytes of an AES key follow its length, of one byte or four, also for a key that no script may export. */
const rawKeys = (bytes: Buffer): Buffer[] => {
  const results: Buffer[] = []
  for (let at = bytes.indexOf(32); at >= 0; at = bytes.indexOf(32, at + 1))
    for (const start of [at + 1, at + 4])
      if (start + 32 <= bytes.length) results.push(bytes.subarray(start, start + 32))
  return results
}

interface SealedBytes {
  iv: Buffer
  data: Buffer
}

/** Each base64 text that could be data, with every text near it that could be its `iv`. */
const sealedIn = (text: string): [string, SealedBytes][] => {
  const all = [...text.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)]
  const ivs = all.filter(([bytes]) => bytes.length === 16)
  return all
    .filter(([bytes]) => bytes.length > 24)
    .flatMap((match) => {
      // Its length prefix may look like a part of it.
      const data = match[0].slice(match[0].length % 4)
      const near = ivs.filter(
        ({ index }) => index > match.index - 200 && index < match.index + match[0].length + 200,
      )
      return near.map(([iv]): [string, SealedBytes] => [
        `${iv} ${data}`,
        { iv: Buffer.from(iv, 'base64'), data: Buffer.from(data, 'base64') },
      ])
    })
}

/** Decrypts with the cipher stream only, because looking for JSON needs no tag. */
const open = (key: Buffer, iv: Buffer, data: Buffer): string | undefined => {
  const counter = Buffer.concat([iv, Buffer.from([0, 0, 0, 2])])
  const decipher = createDecipheriv('aes-256-ctr', key, counter)
  const start = decipher.update(data.subarray(0, 16)).toString('latin1')
  if (!/^[{"[][ -~]+$/.test(start)) return undefined
  return start + decipher.update(data.subarray(16, -16)).toString('latin1')
}
