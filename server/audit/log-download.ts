import { Readable } from 'node:stream'
import type { Store } from '../store/store.ts'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import { erasuresOf, type ProvenEvent, proveErasures, proveEvents } from './checkpoint/proven-entries.ts'
import type { AccessLog } from './open-log.ts'

/** Most entries in memory at a time, even if a patient has many more. */
const BATCH = 100

/**
 * Streams every entry about a patient under a checkpoint, with its proof, as one JSON document (docs/access-log.md). It is
 * written while it is read, so memory use is bounded and its length is not known beforehand.
 */
export const logDownload = (
  store: Store,
  { origin, verifierKey }: Pick<AccessLog, 'origin' | 'verifierKey'>,
  checkpoint: Checkpoint,
  patient: string,
): Readable => Readable.from(parts(store, { origin, key: verifierKey, checkpoint }, patient))

async function* parts(
  store: Store,
  { origin, key, checkpoint }: { origin: string; key: string; checkpoint: Checkpoint },
  patient: string,
): AsyncGenerator<string> {
  const head = JSON.stringify({ origin, key, checkpoint: checkpoint.note })
  yield `${head.slice(0, -1)},"entries":[`
  let separator = '\n'
  const erasures = new Set<string>()
  for (let after = 0; ; ) {
    const rows = await store.db
      .selectFrom('audit_event')
      .select('seq')
      .where('patient', '=', patient)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(BATCH)
      .execute()
    const last = rows.at(-1)
    if (!last) break
    after = last.seq
    const seqs = rows.map(({ seq }) => seq)
    const entries = await proveEvents(store.db, seqs, checkpoint.size)
    for (const id of erasuresOf(entries)) erasures.add(id)
    for (const entry of entries) {
      yield `${separator}${textOf(entry)}`
      separator = ',\n'
    }
  }
  if (erasures.size > 0) yield '],"erasures":['
  separator = '\n'
  const ids = [...erasures]
  for (let at = 0; at < ids.length; at += BATCH)
    for (const erasure of await proveErasures(store.db, ids.slice(at, at + BATCH), checkpoint.size)) {
      yield `${separator}${textOf(erasure)}`
      separator = ',\n'
    }
  yield ']}\n'
}

/** Uses the stored text of the event, because that is what was hashed. */
const textOf = ({ json, proof }: ProvenEvent): string => `{"event":${json},${JSON.stringify(proof).slice(1)}`
