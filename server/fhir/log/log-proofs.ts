import { finished } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { erasuresOf, proveEntries, proveErasures } from '../../audit/checkpoint/proven-entries.ts'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import { parseNumber } from '../../audit/entry/entry-limits.ts'
import { openEvent } from '../../audit/entry/stored-event.ts'
import { refuseProof, refuseUnreadable } from '../../audit/routes.ts'
import { treeSize } from '../../audit/tree/stored-tree.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import { FhirError } from '../../fhir-error.ts'
import { accessWithToken } from '../../grants/agent.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { markUsed } from '../../grants/find-authorization.ts'
import { requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'
import { ANSWER_BUDGET, type AnswerBudget, type AnswerShare } from '../access/answer-budget.ts'
import { decide } from '../access/decide-access.ts'
import { holderOfToken } from '../access/source.ts'
import { findReadable } from './search-log.ts'

interface Deps extends RecordingDeps {
  /** Shared with the FHIR API. */
  readonly budget: AnswerBudget
}

const PATH = '/audit/proof/inclusion'
const MOST_ENTRIES = 100
/** Longer ids are treated like unknown ones. */
const LONGEST_ID = 64

type ProofQuery = Readonly<Record<string, string | string[] | undefined>>

/**
 * Returns the query as the entry about one patient keeps it: the size, and the patient's entries, because the rest of an address may hold
 * anything, even a token or a number of somebody else.
 */
const loggedQueryOf = ({ size }: ProofQuery, entries: readonly string[]): string => {
  const known = parseNumber(size)
  const sizes = known === undefined ? [] : [['size', String(known)]]
  return `${PATH.slice(1)}?${new URLSearchParams([...sizes, ...entries.map((id) => ['entry', id])])}`
}

/** A reply, and how the log records it. */
interface ProofAnswer {
  readonly outcome: LoggedAccess['outcome']
  readonly reason?: string
  /** Whom it concerns, and the entries that are proven to be in the log. */
  readonly patients?: readonly string[]
  readonly found?: readonly { readonly id: string; readonly patient: string | null }[]
  /** In characters. */
  readonly size: number
  readonly send: (reply: FastifyReply) => FastifyReply
}

/**
 * Serves `B/audit/proof/inclusion`: proves that entries are in the log, to callers who may read them. Each request is logged like
 * every other read of the log. docs/access-log.md.
 */
export const logProofRoutes =
  ({ config, store, clock, recorder, budget }: Deps): FastifyPluginAsync =>
  async (app) => {
    const answerTo = async (request: FastifyRequest, authorization: Authorization): Promise<ProofAnswer> => {
      const decision = decide(authorization, 'AuditEvent', 'r')
      if (!decision.allowed)
        return refuse(403, decision.reason, 'insufficient_scope', 'The token does not cover AuditEvents.')
      const question = request.query as ProofQuery
      const size = parseNumber(question.size)
      const ids = [question.entry ?? []].flat()
      if (size === undefined || size > (await treeSize(store.db)))
        return refuse(400, 'bad_request', 'invalid_request', 'size is from 1 to the size of the log.')
      if (ids.length === 0 || ids.length > MOST_ENTRIES)
        return refuse(400, 'bad_request', 'invalid_request', `entry is named once to ${MOST_ENTRIES} times.`)
      const possibleIds = ids.filter((id) => id.length <= LONGEST_ID)
      const { entries: found, patients } = await findReadable(store.db, possibleIds, decision.reach)
      const seqs = found.map(({ seq }) => seq)
      const entries = await proveEntries(store.db, seqs, size)
      const erasures = await proveErasures(store.db, erasuresOf(entries), size)
      const body = {
        size,
        entries: entries.map(({ id, proof }) => ({ id, ...proof })),
        ...(erasures.length > 0 && {
          erasures: erasures.map(({ json, proof }) => ({ event: openEvent(json), ...proof })),
        }),
      }
      const text = JSON.stringify(body)
      return {
        outcome: 'success',
        patients,
        found,
        size: text.length,
        send: (reply) => reply.type('application/json; charset=utf-8').send(text),
      }
    }

    /**
     * Answers as soon as the holder of the token has a turn. A hundred proofs are as much work as a batch, and wait for nothing once they
     * have begun: so they have the share of a batch, one at a time for each holder.
     *
     * @throws FhirError 503 when there is no turn.
     */
    const answerInTurn = (share: AnswerShare, request: FastifyRequest, authorization: Authorization) =>
      share.hold(
        holderOfToken(authorization),
        ANSWER_BUDGET.batch,
        () => answerTo(request, authorization),
        ({ size }) => size,
      )

    const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const share = budget.open()
      reply.raw.once('close', share.leave)
      try {
        return await answerAndLog(request, reply, share)
      } finally {
        finished(reply.raw, share.end)
      }
    }

    const answerAndLog = async (
      request: FastifyRequest,
      reply: FastifyReply,
      share: AnswerShare,
    ): Promise<FastifyReply> => {
      const { authorization: header, dpop } = request.headers
      const url = `${config.publicUrl}${PATH}`
      const token = { authorization: header, dpop: dpop?.toString(), method: request.method, url }
      let authorization: Authorization | undefined
      let held: Authorization | undefined
      let proofAnswer: ProofAnswer
      try {
        authorization = await requirePresentedToken({ store, config }, token, clock())
        proofAnswer = await answerInTurn(share, request, authorization)
      } catch (error) {
        if (error instanceof TokenRefused) held = error.held
        proofAnswer = refusalOf(error)
      }
      const { outcome, reason, found = [] } = proofAnswer
      const withToken = accessWithToken(request.ip, { authorization, held }, outcome !== 'success')
      const { patients = withToken.patients } = proofAnswer
      const accesses = (patients.length > 0 ? patients : [null]).map(
        (patient): LoggedAccess => ({
          kind: 'proof',
          requestId: request.id,
          outcome,
          ...(reason !== undefined && { reason }),
          agent: withToken.agent,
          patients: patient === null ? [] : [patient],
          query: loggedQueryOf(
            request.query as ProofQuery,
            found.flatMap((entry) => (entry.patient === patient ? entry.id : [])),
          ),
        }),
      )
      await recorder.recordRead(accesses, authorization && markUsed(authorization))
      return proofAnswer.send(reply)
    }

    refuseUnreadable(app)
    app.get(PATH, { config: { cors: 'applications' } }, answer)
  }

/** Every error is logged. One that is neither about the token nor about turns is thrown afterwards, for the operator to be told. */
const refusalOf = (error: unknown): ProofAnswer => {
  if (error instanceof FhirError && error.status === 503) return busy(error)
  if (!(error instanceof TokenRefused)) return unreadable(error)
  const { code, challenge, message } = error
  return refuse(401, code, code === 'login_required' ? 'invalid_token' : code, message, challenge)
}

const unreadable = (error: unknown): ProofAnswer => ({
  outcome: 'failed',
  reason: 'unavailable',
  size: 0,
  send: () => {
    throw error
  },
})

const busy = ({ code, headers, message }: FhirError): ProofAnswer => ({
  outcome: 'failed',
  reason: code,
  size: 0,
  send: (reply) => refuseProof(reply.headers(headers), 503, 'temporarily_unavailable', message),
})

const refuse = (
  status: number,
  reason: string,
  error: string,
  description: string,
  challenge = `Bearer realm="fhir", error="${error}"`,
): ProofAnswer => ({
  outcome: 'refused',
  reason,
  size: 0,
  send: (reply) => {
    if (status !== 400) reply.header('www-authenticate', challenge)
    return refuseProof(reply, status, error, description)
  },
})
