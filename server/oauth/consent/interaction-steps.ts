import type { FastifyReply, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import { type Client, errors, type Interaction } from 'oidc-provider'
import type { VNode } from 'preact'
import type { AccessEvent, LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import type { Config } from '../../config.ts'
import { agentOf } from '../../grants/agent.ts'
import type { Account, SignedInAccount } from '../../grants/authorization.ts'
import type { PatientDirectory, ViewAccess } from '../../grants/patients.ts'
import type { Keys } from '../../keys/keys.ts'
import { render } from '../../pages/frame/layout.ts'
import { type Locale, localeOf } from '../../pages/frame/locale.ts'
import { contentSecurityPolicy } from '../../pages/frame/security-headers.ts'
import type { Partner } from '../../sign-in/partner/partner-state.ts'
import { findTimeZone, ownAccess } from '../../sign-in/visit/own-session.ts'
import { parseRegistered } from '../clients/registered-addresses.ts'
import { findSignInOf, isDecided } from '../seam/signed-in.ts'
import { applyWrites, collectWrites, type UnitOfWork } from '../seam/unit-of-work.ts'

export interface InteractionDeps extends RecordingDeps {
  engine: Provider
  keys: Keys
  directory: PatientDirectory
  /** Another company with which people sign in. */
  partner?: Partner
}

/** A request from the browser that began the authorization. */
export interface Step {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly interaction: Interaction
  /** Holds the authorization as this request read it; later writes are compared with it. */
  readonly work: UnitOfWork
}

export type Form = Record<string, string | string[] | undefined>

/** Functions that all pages between an application's request and its code share. */
export interface Steps {
  /** @throws SessionNotFound when the address is not this browser's authorization, or this page is not its next step. */
  open(request: FastifyRequest, reply: FastifyReply, page: 'login' | 'consent'): Promise<Step>
  /** @throws SessionNotFound when the application was removed. */
  applicationOf(interaction: Interaction): Promise<Client>
  /** Returns the account that signed in for this authorization. @throws SessionNotFound when there is none, or it changed. */
  requireAccount(interaction: Interaction): Promise<SignedInAccount>
  accessOf(step: Step, event: AccessEvent, account: Account | undefined): Promise<LoggedAccess>
  /**
   * Returns the entry for what a page showed of a record. Patients see their own on the organization's pages: the application, which
   * has no access yet, read nothing.
   */
  viewOf(step: Step, view: ViewAccess, account: Account): Promise<LoggedAccess>
  show(step: Step, page: VNode): FastifyReply
  /**
   * Commits the engine's writes and the log entry in one transaction, and returns what `run` returned.
   *
   * @throws AlreadyTaken when the authorization has changed since `open` read it.
   */
  commit<T>(step: Step, event: AccessEvent, account: Account | undefined, run: () => Promise<T>): Promise<T>
  /** As `commit`, and then redirects to the address from `run`. @throws AlreadyTaken */
  finish(
    step: Step,
    event: AccessEvent,
    account: Account | undefined,
    run: () => Promise<string>,
  ): Promise<FastifyReply>
}

export const interactionSteps = ({ engine, store, clock, recorder, partner }: InteractionDeps): Steps => {
  const open: Steps['open'] = async (request, reply, page) => {
    const { value: interaction, work } = await collectWrites(() =>
      engine.interactionDetails(request.raw, reply.raw),
    )
    const { uid } = request.params as { uid: string }
    // Rely on the cookie, because an address pasted from elsewhere is not this browser's sign-in.
    if (interaction.uid !== uid) throw new errors.SessionNotFound('interaction and address differ')
    if (interaction.prompt.name !== page) throw new errors.SessionNotFound('the next step is another page')
    if (isDecided(interaction)) throw new errors.SessionNotFound('the person has already decided')
    return { request, reply, interaction, work }
  }

  const applicationOf = async (interaction: Interaction) => {
    const client = await engine.Client.find(String(interaction.params.client_id))
    if (!client) throw new errors.SessionNotFound('the application was removed')
    return client
  }

  const requireAccount = async (interaction: Interaction): Promise<SignedInAccount> => {
    const account = await findSignInOf({ store, clock }, interaction.lastSubmission)
    if (!account) throw new errors.SessionNotFound('nobody is signed in')
    return account
  }

  const accessOf: Steps['accessOf'] = async ({ request, interaction }, event, account) => {
    const { clientId, clientName } = await applicationOf(interaction)
    return {
      requestId: request.id,
      agent: agentOf(request.ip, { clientId, clientName, account }),
      patients: account?.patient ? [account.patient] : [],
      ...event,
    }
  }

  const viewOf: Steps['viewOf'] = async (step, view, account) =>
    account.role === 'patient' ? ownAccess(step.request, view, account) : accessOf(step, view, account)

  const commit: Steps['commit'] = async (step, event, account, run) => {
    const { value, work } = await collectWrites(run, step.work)
    await recorder.record(await accessOf(step, event, account), (trx) => applyWrites(work, trx))
    return value
  }

  const finish: Steps['finish'] = async (step, event, account, run) => {
    return step.reply.redirect(await commit(step, event, account, run), 303)
  }

  const show = ({ reply, interaction }: Step, page: VNode) => {
    allowRedirectTo(reply, interaction, partner?.signIn.origin)
    // Always 200: the browser's sign-in window closes itself on a 4xx page.
    return reply.type('text/html').send(render(page))
  }

  return { open, applicationOf, requireAccount, accessOf, viewOf, show, commit, finish }
}

/**
 * Adds the origins to `form-action` to which the response to this form redirects: the application's, and that of the company
 * where people sign in.
 */
export const allowRedirectTo = (reply: FastifyReply, interaction: Interaction, partner?: string): void => {
  const target = parseRegistered(String(interaction.params.redirect_uri))
  const targets = [target?.origin, partner].filter((origin) => origin !== undefined)
  if (target) reply.header('content-security-policy', contentSecurityPolicy(...targets))
}

/** Returns the language that the application requested, or else the browser's; and the browser's time zone. */
export const localeFor = (config: Config, { request, interaction: { params } }: Step): Locale =>
  localeOf(params.ui_locales, request.headers['accept-language'], findTimeZone(config, request))
