import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCheckpoint, readKey } from '../../extension/access-log/proof/log-checkpoint.ts'
import { leafOf } from '../../extension/access-log/proof/log-leaf.ts'
import { verifyConsistency, verifyInclusion } from '../../extension/access-log/proof/log-tree.ts'
import * as server from '../../server/audit/checkpoint/checkpoint.ts'
import { findLogKey } from '../../server/audit/checkpoint/log-key.ts'
import { canonicalJson } from '../../server/audit/entry/canonical-json.ts'
import { hashOfEntry } from '../../server/audit/entry/leaf.ts'
import type { AccessLog } from '../../server/audit/open-log.ts'
import { consistencyProof, inclusionProofs, rootAt } from '../../server/audit/tree/stored-tree.ts'
import type { Db } from '../../server/store/schema.ts'
import type { Store } from '../../server/store/store.ts'
import {
  type ConsistencyClaim,
  forgedConsistencies,
  forgedInclusions,
  type InclusionClaim,
} from '../fixtures/forged-proofs.ts'
import { createKey } from '../fixtures/reference-log.ts'
import { type ReferenceTree, referenceTree } from '../fixtures/reference-tree.ts'
import { appendEntry, openLog } from '../fixtures/served-log.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'

/** The server makes logs and the extension checks them. Each was written without the other; these tests bring them together. */
const most = 130
let database: TestDatabase
let store: Store
let db: Db
let log: AccessLog
let leaves: Uint8Array<ArrayBuffer>[]
let tree: ReferenceTree

beforeAll(async () => {
  database = await createDatabase('sqlite')
  store = await database.open()
  db = store.db
  log = await openLog(store, database.logKey)
  const patients = ['1', undefined, '2', '1']
  for (let entry = 0; entry <= most; entry++) await appendEntry(log, patients[entry % patients.length])
  await log.sign()
  const rows = await entries()
  leaves = rows.map(({ hash }) => Uint8Array.from(hash))
  tree = referenceTree(leaves.map((leaf) => Buffer.from(leaf)))
})
afterAll(async () => {
  await log.close()
  await store.close()
  await database.close()
})

const entries = () =>
  db
    .selectFrom('audit_leaf')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .select(['index', 'count', 'hash', 'json', 'salt'])
    .orderBy('index')
    .execute()

const plain = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Uint8Array.from(hash))

/** The server's own proofs that its first entries lie in the tree of this size. */
const inclusions = async (size: number): Promise<InclusionClaim[]> => {
  const indexes = Array.from({ length: size }, (_, index) => index)
  const root = Uint8Array.from(await rootAt(db, size))
  const proofs = [
    ...(await inclusionProofs(db, indexes.slice(0, 100), size)),
    ...(await inclusionProofs(db, indexes.slice(100), size)),
  ]
  return indexes.map((index) => ({
    leaf: leaves[index] as Uint8Array<ArrayBuffer>,
    index,
    size,
    root,
    proof: plain(proofs[index] ?? []),
  }))
}

const consistency = async (from: number, to: number): Promise<ConsistencyClaim> => ({
  from: { size: from, root: Uint8Array.from(await rootAt(db, from)) },
  to: { size: to, root: Uint8Array.from(await rootAt(db, to)) },
  proof: plain(await consistencyProof(db, from, to)),
})

/** Sizes where the shape of a proof changes: the ends, and around powers of two. */
const telling = (to: number): number[] =>
  [
    ...new Set([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, to - 1, to]),
  ].filter((from) => from >= 1 && from <= to)

it('both compute the same leaf for every entry, with its values or without', async () => {
  for (const { json, salt, count, hash } of await entries()) {
    const salted = { ...(salt && { salt: Uint8Array.from(salt) }), ...(count !== null && { count }) }
    expect(await leafOf(JSON.parse(json), { text: json, ...salted })).toEqual(Uint8Array.from(hash))
  }
})

it('both compute the same leaf for hostile strings', async () => {
  const strings = [
    '',
    '"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028',
    'é\u0301',
    '\ufb33',
    '😀€$',
    ' sha256:x ',
    '__proto__',
  ]
  for (const display of strings) {
    const event = {
      resourceType: 'AuditEvent',
      type: { code: display },
      recorded: '2026-11-24T12:00:00Z',
      source: { observer: { display } },
      agent: [{ who: { display, reference: display, identifier: { value: display } }, requestor: true }],
      entity: [
        { what: { reference: display }, query: display, detail: [{ type: display, valueString: display }] },
      ],
    }
    const salt = randomBytes(16)
    const json = canonicalJson(event)
    const ours = await leafOf(JSON.parse(json), { text: json, salt: Uint8Array.from(salt), count: 3 })
    expect(ours, JSON.stringify(display)).toEqual(Uint8Array.from(hashOfEntry({ json, salt, count: 3 })))
  }
})

describe.each([
  { name: '1 to 65', sizes: Array.from({ length: 65 }, (_, at) => at + 1) },
  { name: '66 to 100', sizes: Array.from({ length: 35 }, (_, at) => at + 66) },
  { name: '101 to 130', sizes: Array.from({ length: 30 }, (_, at) => at + 101) },
])('of the server’s log of $name entries', ({ sizes }) => {
  it('the extension accepts every proof', async () => {
    for (const size of sizes) {
      for (const claim of await inclusions(size))
        expect(await verifyInclusion(claim), `${claim.index} of ${size}`).toBe('proven')
      for (const from of telling(size))
        expect(await verifyConsistency(await consistency(from, size)), `${from} to ${size}`).toBe('proven')
    }
  })

  it('the extension accepts no forged proof', async () => {
    for (const size of sizes) {
      const claims = await inclusions(size)
      for (const claim of [claims[0], claims[size >> 1], claims.at(-1)])
        if (claim)
          for (const [at, forged] of forgedInclusions(claim, tree).entries())
            expect(await verifyInclusion(forged), `${claim.index} of ${size}, ${at}`).not.toBe('proven')
      for (const from of new Set([1, Math.ceil(size / 2), size]))
        for (const [at, forged] of forgedConsistencies(await consistency(from, size), tree).entries())
          expect(await verifyConsistency(forged), `${from} to ${size}, ${at}`).not.toBe('proven')
    }
  })
})

describe('of a checkpoint', () => {
  const { origin } = { origin: 'clinic.example/audit' }

  /** Both verdicts, in the server's terms. */
  const verdicts = async (note: string, expected = origin) => {
    const key = await readKey(log.verifierKey)
    const noteKey = await findLogKey(database.logKey)
    if (!key || !noteKey) throw new Error('no key')
    const head = await openCheckpoint(note, { origin: expected, key })
    const words = {
      malformed: 'malformed',
      'other-origin': 'origin',
      'unknown-key': 'key',
      'bad-signature': 'signature',
    }
    const ours = typeof head === 'string' ? words[head] : head
    try {
      const { size, root } = server.openCheckpoint(note, noteKey, expected)
      return { ours, theirs: { size, root: Uint8Array.from(root) } }
    } catch (error) {
      if (error instanceof server.CheckpointRefused) return { ours, theirs: error.reason }
      throw error
    }
  }

  it('both read the same', async () => {
    const { ours, theirs } = await verdicts((await log.checkpoint()).note)
    expect(ours).toEqual({ size: most + 1, root: Uint8Array.from(tree.root(most + 1)) })
    expect(theirs).toEqual(ours)
  })

  it('both refuse a forged one for the same reason', async () => {
    const { note, root } = await log.checkpoint()
    const [text = '', signature = ''] = note.split('\n\n')
    const flip = (at: number) =>
      `${signature.slice(0, at)}${signature.at(at) === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`
    const other = createKey(origin)
    const forged: [string, string][] = [
      [note.replace(`\n${most + 1}\n`, `\n${most}\n`), 'signature'],
      [note.replace(text.split('\n')[2] ?? '', randomBytes(32).toString('base64')), 'signature'],
      [`${text}\n\n${flip(signature.length - 8)}`, 'signature'],
      [`${text}\n\n${flip(origin.length + 12)}`, 'signature'],
      [note.replace(origin, 'other.example/audit'), 'origin'],
      [note.replaceAll(origin, 'other.example/audit'), 'origin'],
      [other.note(most + 1, root), 'key'],
      [note.replace(`— ${origin}`, '— other.example/audit'), 'key'],
      [note.replace(`\n${most + 1}\n`, `\n0${most + 1}\n`), 'malformed'],
      [note.replace(`\n${most + 1}\n`, '\n-1\n'), 'malformed'],
      [note.replace('\n\n', '\n'), 'malformed'],
      [note.replace('\n\n', '\nmore\n\n'), 'malformed'],
      [note.slice(0, -1), 'malformed'],
      [text, 'malformed'],
      ['', 'malformed'],
    ]
    for (const [at, [changed, reason]] of forged.entries())
      expect(await verdicts(changed), `${at}`).toEqual({ ours: reason, theirs: reason })
    expect(await verdicts(note, 'other.example/audit')).toEqual({ ours: 'origin', theirs: 'origin' })
  })
})
