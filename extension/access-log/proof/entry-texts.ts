import type { Json } from '../../fhir/resource.ts'
import { toBase64Url } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { sha256 } from './log-tree.ts'

/** The SHA-256 (base64url) of each event's text, which is kept instead of the text, because that is personal. */
export type TextDigests = ReadonlyMap<Json, string>

/** Hashes canonical JSON, as an entry is proven by. All events that have none share a digest, because none can ever be proven. */
export const digestTexts = async (events: readonly Json[]): Promise<TextDigests> =>
  new Map(
    await Promise.all(
      events.map(
        async (event) =>
          [event, toBase64Url(await sha256(new TextEncoder().encode(canonicalJson(event) ?? '')))] as const,
      ),
    ),
  )
