import { createHash } from 'node:crypto'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import type { LoggedAccess } from '../audit/entry/access-event.ts'
import type { AccessLog } from '../audit/open-log.ts'
import type { Account } from '../grants/authorization.ts'
import { openShownAt, sealShownAt } from '../oauth/consent/consent.ts'
import {
  type ConnectedGrant,
  endGrant,
  findEndedApplication,
  listGrants,
  listIncidents,
  reduceGrant,
} from '../oauth/terms/grants.ts'
import { accountPage, somebodyElsePage } from '../pages/account/account-page.ts'
import { disconnectPage } from '../pages/account/confirm-end.ts'
import { connectionPage } from '../pages/account/connection.ts'
import { type OwnPage, render } from '../pages/frame/layout.ts'
import { problemPage } from '../pages/frame/problem.ts'
import type { Words } from '../pages/words/en.ts'
import { findPasswordName } from '../sign-in/password/own-password.ts'
import { refuseForeignForms } from '../sign-in/visit/own-form.ts'
import {
  clearCookie,
  DISCONNECT,
  endAllSignIns,
  endOwnSession,
  type OwnSessionDeps,
  ownAccess,
  ownLocale,
} from '../sign-in/visit/own-session.ts'
import type { Db } from '../store/schema.ts'
import {
  connectionView,
  connectionViews,
  learnedOf,
  narrowedScope,
  offersOf,
  othersOf,
  shorterWindows,
  shownOf,
} from './connections.ts'
import { ownLog } from './own-log.ts'
import { ownSecurity } from './own-security.ts'
import { ownPerson, partnerConnection } from './partner-pages.ts'
import {
  type AccountEvent,
  type AccountPages,
  createAdmission,
  findSaved,
  type SignedIn,
  savedAddress,
  type Visitor,
} from './visitor.ts'

interface FoundGrant extends ConnectedGrant {
  /** Whether the person has another grant to an application of this name. */
  readonly isOneOfSeveral: boolean
}

type SavedChange = keyof Words['connection']['saved']

/** Serves `B/account`, the `management_endpoint`: a person's connected applications and their access log. */
export const accountRoutes =
  ({ accessLog, ...deps }: OwnSessionDeps & { accessLog: AccessLog }): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, recorder, keys, partner } = deps
    refuseForeignForms(app, deps, 'consent')

    const { admit, admitInTurn } = createAdmission(deps, '/account')
    const withPage =
      (answer: (visitor: Visitor) => Promise<unknown>) =>
      async ({ request, reply, session }: SignedIn): Promise<unknown> => {
        const page: OwnPage = {
          organization: config.organization,
          locale: ownLocale(config, request, session),
          person: session.account.name,
          formToken: session.formToken,
          now: clock(),
        }
        if (isForSomebodyElse(request, session.account)) return send(reply, somebodyElsePage(page))
        return answer({ request, reply, session, page })
      }
    const forVisitor: AccountPages['forVisitor'] = (answer) => admit(withPage(answer))
    const withSession: AccountPages['withSession'] = (answer) => admitInTurn(withPage(answer))

    const send = (reply: FastifyReply, page: VNode) => reply.type('text/html').send(render(page))

    /** Runs a change and logs it in one transaction. Returns whether `work` changed anything. */
    const change = (
      { request, session }: Visitor,
      event: AccountEvent,
      work: (trx: Db) => Promise<boolean>,
    ) =>
      store.write(async (trx) => {
        const hasChanged = await work(trx)
        const outcome = hasChanged
          ? { outcome: 'success' as const }
          : { outcome: 'refused' as const, reason: 'changed_meanwhile' }
        const access = ownAccess(request, { ...event, ...outcome }, session.account)
        await recorder.append(trx, access)
        return hasChanged
      })

    const findGrant = async ({ request, session, page }: Visitor): Promise<FoundGrant | undefined> => {
      const { id } = request.params as { id: string }
      const grants = await listGrants(deps, session.account, page.now)
      const grant = grants.find((each) => each.id === id)
      return grant && { ...grant, isOneOfSeveral: othersOf(grants, grant).length > 0 }
    }

    const notFound = ({ reply, page }: Visitor) =>
      send(reply.code(404), problemPage({ ...page, ...page.locale.words.problem.notFound, toAccount: true }))

    /**
     * Ends all grants but those that the page lists and `isKept` names, so that nothing else is left. What only a shorter limit has
     * ended is not listed, and a longer one would bring it back.
     */
    const endGrants = async (visitor: Visitor, isKept: (grant: ConnectedGrant) => boolean) => {
      const { account } = visitor.session
      const { now } = visitor.page
      // Read first: a grant that is stored meanwhile goes on.
      const all = await listGrants({ store, config: { windows: {} } }, account, now)
      const listed = await listGrants(deps, account, now)
      const kept = new Set(listed.filter(isKept).map(({ id }) => id))
      await Promise.all(
        all
          .filter(({ id }) => !kept.has(id))
          .map((grant) =>
            change(visitor, { ...DISCONNECT, ...agentOf(visitor, grant) }, (trx) =>
              endGrant(trx, grant.id, clock()),
            ),
          ),
      )
    }

    /** Returns what the person has just disconnected, if it really ended, and whether the application holds another grant. */
    const findDisconnected = async (
      accountId: string,
      saved: string | undefined,
      grants: readonly ConnectedGrant[],
    ) => {
      const [what, id] = saved?.split(' ') ?? []
      if (what !== 'disconnected' || id === undefined) return undefined
      if (id === 'all') return grants.length === 0 ? ('all' as const) : undefined
      const ended = await findEndedApplication(store, accountId, id)
      return ended && { ...ended, isConnected: othersOf(grants, { id, ...ended }).length > 0 }
    }

    app.get(
      '/account',
      withSession(async ({ request, reply, session, page }) => {
        const { account } = session
        const grants = await listGrants(deps, account, page.now)
        const saved = findSaved(deps, session, request)
        return send(
          reply,
          accountPage({
            ...page,
            connections: await connectionViews(grants, account, page.locale),
            incidents: await listIncidents(store, account.id, page.now),
            disconnected: await findDisconnected(account.id, saved, grants),
            isPersonSaved: saved === 'person',
            isPasswordSaved: saved === 'password',
            hasRecord: account.patient !== undefined,
            isDescribed: (await partner?.signIn.findPerson(account)) !== undefined,
            hasPassword: (await findPasswordName(store.db, account)) !== undefined,
            partner: partner?.signIn.name,
            partnerConnection: await partner?.signIn.findConnection(account),
            isClinician: account.role === 'clinician',
          }),
        )
      }),
    )

    app.post(
      '/account',
      withSession(async (visitor) => {
        const { request, reply, session } = visitor
        const form = request.body as Record<string, unknown>
        const everywhere = form.do === 'sign-out-everywhere'
        const details = { from: everywhere ? 'everywhere' : 'here' }
        await change(visitor, { kind: 'sign-out', details }, async (trx) => {
          if (everywhere) await endAllSignIns(trx, session.account.id)
          await endOwnSession(trx, config, request, session)
          return true
        })
        clearCookie(config, reply)
        return reply.redirect(form.next === '/ehr' ? '/login?next=/ehr' : '/login', 303)
      }),
    )

    app.get(
      '/account/disconnect',
      withSession(async ({ reply, page }) => send(reply, disconnectPage(page))),
    )

    app.post(
      '/account/disconnect',
      withSession(async (visitor) => {
        await endGrants(visitor, () => false)
        return visitor.reply.redirect(
          savedAddress(deps, visitor.session, '/account', 'disconnected all'),
          303,
        )
      }),
    )

    const pages = { forVisitor, withSession, change, send, notFound }
    ownSecurity(app, deps, pages)
    if (partner) {
      partnerConnection(app, partner, pages)
      ownPerson(app, { ...partner, ...deps }, pages)
    }

    const showConnection = (
      { reply, session, page }: Visitor,
      grant: FoundGrant,
      more: { saved?: SavedChange | undefined; nothingLeft?: Record<string, unknown> },
    ) =>
      send(
        reply,
        connectionPage({
          ...page,
          connection: connectionView(grant, session.account, page.locale),
          isOneOfSeveral: grant.isOneOfSeveral,
          offers: offersOf(grant, session.account, page.locale),
          learned: learnedOf(grant, session.account, page.locale),
          windows: shorterWindows(grant, page.now),
          shownAt: sealShownAt(keys.forms, shownOf(grant, session.account), page.now),
          ...more,
        }),
      )

    app.get(
      '/account/connections/:id',
      withSession(async (visitor) => {
        const grant = await findGrant(visitor)
        const saved = findSaved(deps, visitor.session, visitor.request)
        const changes = ['narrowed', 'shortened', 'both', 'nothing', 'meanwhile'] as const
        const savedChange = changes.find((each) => each === saved)
        return grant ? showConnection(visitor, grant, { saved: savedChange }) : notFound(visitor)
      }),
    )

    app.post(
      '/account/connections/:id',
      withSession(async (visitor) => {
        const { request, reply, session, page } = visitor
        const grant = await findGrant(visitor)
        if (!grant) return notFound(visitor)
        const form = request.body as Record<string, string | string[] | undefined>
        const back = (change: SavedChange) =>
          reply.redirect(savedAddress(deps, session, `/account/connections/${grant.id}`, change), 303)

        // From when the page was shown, which names the ends.
        const shownAt = openShownAt(keys.forms, shownOf(grant, session.account), form.shown_at)
        if (shownAt === undefined) return back('meanwhile')
        const scope = narrowedScope(grant, session.account, new Set([form.allow ?? []].flat()))
        if (scope === undefined) return showConnection(visitor, grant, { nothingLeft: form })
        const shorter = shorterWindows(grant, shownAt).find(({ name }) => name === form.window)
        if (shorter && shorter.endsAt <= page.now) return back('meanwhile')
        const isNarrower = scope !== grant.scope
        if (!isNarrower && !shorter) return back('nothing')
        const event: AccountEvent = {
          kind: 'consent',
          details: {
            change: 'reduce',
            ...(isNarrower && { scope }),
            ...(shorter && { window: shorter.name }),
          },
          ...agentOf(visitor, grant),
        }
        const { name: window, endsAt: expiresAt } = shorter ?? { name: grant.window, endsAt: grant.expiresAt }
        const hasChanged = await change(visitor, event, (trx) =>
          reduceGrant(trx, grant, { scope, window, expiresAt }),
        )
        if (!hasChanged) return back('meanwhile')
        if (!shorter) return back('narrowed')
        return back(isNarrower ? 'both' : 'shortened')
      }),
    )

    app.get(
      '/account/connections/:id/disconnect',
      withSession(async (visitor) => {
        const grant = await findGrant(visitor)
        if (!grant) return notFound(visitor)
        const connection = connectionView(grant, visitor.session.account, visitor.page.locale)
        const { isOneOfSeveral } = grant
        return send(visitor.reply, disconnectPage({ ...visitor.page, connection, isOneOfSeveral }))
      }),
    )

    app.post(
      '/account/connections/:id/disconnect',
      withSession(async (visitor) => {
        const grant = await findGrant(visitor)
        if (!grant) return notFound(visitor)
        await endGrants(visitor, ({ id }) => id !== grant.id)
        const disconnected = `disconnected ${grant.id}`
        return visitor.reply.redirect(savedAddress(deps, visitor.session, '/account', disconnected), 303)
      }),
    )

    ownLog(app, { store, accessLog }, pages)
  }

/** Returns the agent with the changed application, so that the log can be searched by application. */
const agentOf = (
  { request }: Visitor,
  { clientId, application }: ConnectedGrant,
): Pick<LoggedAccess, 'agent'> => ({
  agent: { address: request.ip, clientId, clientName: application },
})

/**
 * Whether `for` in the address names another person than the one who is signed in. Several people may use one browser, and Carekey
 * opens `B/account` for one of them. `for` is the hash of the person's `sub`. Anybody can invent one, so it decides only whether the
 * page asks first.
 */
const isForSomebodyElse = ({ query }: FastifyRequest, { id }: Account): boolean => {
  const { for: person } = query as { for?: unknown }
  return person !== undefined && person !== createHash('sha256').update(id).digest('base64')
}
