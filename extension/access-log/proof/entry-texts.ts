import type { Json } from '../../fhir/resource.ts'
import { createTurns } from '../../net/turns.ts'
import { toBase64Url } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { sha256 } from './log-tree.ts'

/** The SHA-256 (base64url) of each event's text, which is kept instead of the text, because that is personal. */
export type TextDigests = ReadonlyMap<Json, string>

/**
 * Hashes canonical JSON, as an entry is proven by. All events that have none share a digest, because none can ever be proven.
 *
 * @throws ProblemError why the signal was aborted.
 */
export const digestTexts = async (events: readonly Json[], signal?: AbortSignal): Promise<TextDigests> => {
  const digests = new Map<Json, string>()
  const giveWay = createTurns(signal)
  for (const event of events) {
    await giveWay()
    const text = new TextEncoder().encode(canonicalJson(event) ?? '')
    digests.set(event, toBase64Url(await sha256(text)))
  }
  return digests
}
