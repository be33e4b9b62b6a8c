import { requireUrl } from '../../values/parse-address.ts'
import { findLastRead, journalOf, withSignInJournal } from '../access-log/own/own-requests.ts'
import { createLogAnswers } from '../access-log/watch/log-answers-to-pages.ts'
import { createComparisonAnswers } from '../access-log/watch/log-comparison-answers.ts'
import { createAddProvider } from '../administration/add-provider.ts'
import { autoscan } from '../administration/autoscan.ts'
import { createConfiguration } from '../administration/change-configuration.ts'
import { searchBrands } from '../administration/fetch-brands.ts'
import { createFindOrganizations } from '../administration/find-organizations.ts'
import { createApplications } from '../administration/list-applications.ts'
import { isApplicationRefused } from '../administration/redirect-probe.ts'
import { createRegistrations } from '../administration/registrations.ts'
import { expectNewTerms } from '../auth/grant/learn-terms.ts'
import { findManagementPage } from '../auth/grant/management-page.ts'
import { createProofKeys } from '../auth/grant/proof-keys.ts'
import { createRevocations } from '../auth/grant/revocation.ts'
import { createSessions } from '../auth/grant/session.ts'
import { findEndOf } from '../auth/provider/policy.ts'
import { createProviders } from '../auth/provider/providers.ts'
import { createLaunch, findLaunching } from '../auth/sign-in/begin-launch.ts'
import { dismissFlow } from '../auth/sign-in/flow.ts'
import { createProviderChanges } from '../auth/sign-in/provider-changes.ts'
import { saySamePerson } from '../auth/sign-in/same-person.ts'
import { createSignIn } from '../auth/sign-in/sign-in.ts'
import { createSignOut, type Ended, shownBy } from '../auth/sign-in/sign-out.ts'
import { onlyAbout } from '../fhir/about-patient.ts'
import { createClient, type RecordAccess } from '../fhir/client.ts'
import { readPatient, readVisit } from '../fhir/find-patients.ts'
import { createCopyKeys, createKeyring } from '../lock/keyring.ts'
import { createLock } from '../lock/lock.ts'
import type { Answers } from '../messages/answer.ts'
import { type CopyStore, createCopies } from '../storage/copies.ts'
import { items } from '../storage/items.ts'
import type { RequestStore } from '../storage/stored-log.ts'
import { createVault, type KeyStore, type PairStore } from '../storage/vault.ts'
import { describeLocked, describeState, rememberPlace } from './describe-state.ts'
import { giveBackHosts } from './give-back-hosts.ts'
import { describeAndKeep } from './keep-snapshot.ts'
import { createRecordAnswers } from './read-record.ts'
import { createSettling } from './settle.ts'
import { createLockAnswers, underLock } from './under-lock.ts'

/** The stores in IndexedDB, which a copy of `browser.storage` does not contain. */
export interface Stores {
  readonly keys: KeyStore
  readonly pairs: PairStore
  readonly copies: CopyStore
  readonly requests: RequestStore
}

/**
 * Builds the worker's parts from its stores. It registers no listener and waits for nothing. `patience`: the milliseconds that a
 * page waits for the verdict on an access log.
 */
export const createWorker = (stores: Stores, { patience }: { patience?: number } = {}) => {
  const keyring = createKeyring(stores.keys)
  const vault = createVault(keyring)
  const providers = createProviders(vault)
  const proofKeys = createProofKeys(stores.pairs)
  const copies = createCopies({ vault: createVault(createCopyKeys(keyring)), store: stores.copies })
  const revocations = createRevocations({ vault, providers })
  let settled = Promise.resolve()
  const lock = createLock({
    keys: stores.keys,
    keyring,
    vault,
    copies,
    requests: stores.requests,
    proofKeys,
    revocations,
    findEndOf,
    disconnectEverywhere: () => signingOut.disconnectEverywhere(),
    waitUntilSettled: () => settled,
    afterUnlocking: () => settling.settleUnlocked(),
  })
  const sessions = createSessions({
    vault,
    providers,
    proofKeys,
    copies,
    revocations,
    requests: stores.requests,
  })
  const registrations = createRegistrations({ vault, providers, sessions })
  const applications = createApplications({ sessions, providers })
  const signingOut = createSignOut({ sessions })
  const { saveProvider, removeProvider } = createProviderChanges({ providers, ...signingOut })
  const configuration = createConfiguration({ providers, ...signingOut })
  const clientAtSignIn = (access: RecordAccess, patient: string) =>
    onlyAbout(createClient(withSignInJournal(stores.requests, access)), access, patient)
  const signIn = createSignIn({
    providers,
    sessions,
    revocations,
    proofKeys,
    whileOpen: lock.whileOpen,
    readPatient: (access, id) => readPatient(clientAtSignIn(access, id), id),
    readVisit: (access, id, patient) => readVisit(clientAtSignIn(access, patient), id),
    journalOf: (fhirBase) => journalOf(stores.requests, fhirBase),
  })
  const launch = createLaunch({ providers, signIn })
  const settling = createSettling({ providers, sessions, revocations, lock, proofKeys, copies })

  const isLocked = async () => {
    await settled
    return lock.isLocked()
  }
  const requireOpen = () => lock.whileOpen(async () => undefined)
  const describeOpen = () => lock.whileOpen(() => describeState({ providers, sessions, revocations, lock }))

  /** Takes reports back if the page that asked is still there to show what they say. */
  const dismissShown = async (ended: readonly Ended[], signal: AbortSignal | undefined): Promise<void> => {
    if (signal?.aborted === false) await revocations.dismiss(ended.flatMap(shownBy))
  }

  const answers: Answers = {
    state: async () => {
      if (await isLocked()) return describeLocked(lock)
      return describeAndKeep(describeOpen, lock).catch(async (error) =>
        (await lock.isLocked()) ? describeLocked(lock) : Promise.reject(error),
      )
    },
    // Not under `whileOpen`: a person may spend minutes on the organization's pages, and locking must not wait for that.
    'sign-in': async (request) => {
      await requireOpen()
      return signIn(request)
    },
    'launched-by': async ({ iss }) => {
      const { label, fhirBase } = await findLaunching(providers, iss)
      return { name: label, host: requireUrl(fhirBase).host }
    },
    launch: async (request) => {
      await requireOpen()
      return launch(request)
    },
    'dismiss-flow': ({ startedAt }) => dismissFlow(startedAt),
    'dismiss-unrevoked': async ({ id }) => {
      await revocations.dismiss([id])
    },
    'check-terms': async ({ connectionIds }) => {
      await Promise.all(connectionIds.map(sessions.checkTerms))
    },
    'dismiss-notice': async ({ connectionId, at }) => {
      await items.connections.change(
        connectionId,
        (stored) => stored && { ...stored, noticedAt: Math.max(stored.noticedAt ?? 0, at) },
      )
    },
    'remember-place': ({ place }) => rememberPlace(place),
    'choose-units': ({ units }) => items.units.set(units),
    'answer-lock-offer': () => items.lockOffered.set(true),
    'same-person': (statement) => saySamePerson(statement),
    'sign-out': async ({ connectionId, isShown }, signal) => {
      const ended = await signingOut.signOut(connectionId)
      if (isShown) await dismissShown([ended], signal)
      return { outcome: ended.outcome }
    },
    'disconnect-everywhere': async (_, signal) => {
      const ended = await signingOut.disconnectEverywhere()
      await dismissShown(ended, signal)
      return ended.map(({ connectionId, outcome }) => ({ connectionId, outcome }))
    },
    'remove-connection': async ({ connectionId }, signal) => {
      const ended = await signingOut.removeConnection(connectionId)
      await dismissShown([ended], signal)
      return { outcome: ended.outcome }
    },
    'management-page': async ({ connectionId }) => {
      const url = await findManagementPage(sessions, connectionId)
      await expectNewTerms(connectionId)
      return url === undefined ? {} : { url }
    },
    'last-read': ({ connectionId }) => findLastRead(stores.requests, connectionId),
    ...createRecordAnswers({ providers, sessions, copies, lock }),
    ...createLogAnswers({
      sessions,
      whileOpen: lock.whileOpen,
      ...(patience !== undefined && { patience }),
    }),
    ...createComparisonAnswers({ providers, sessions }),
    autoscan: ({ url, ...application }) => autoscan(url, application),
    'search-brands': searchBrands,
    'find-organizations': createFindOrganizations(providers),
    'add-provider': createAddProvider({ providers, registrations, saveProvider }),
    'register-application': registrations.register,
    applications: applications.list,
    'change-application': applications.change,
    'try-application': applications.tryOut,
    'delete-application': (input) => applications.remove(input),
    'registered-clients': registrations.list,
    'rotate-secret': ({ id }) => registrations.rotateSecret(id),
    'delete-client': ({ id }) => registrations.remove(id),
    'forget-client': ({ id }) => registrations.forget(id),
    'export-configuration': configuration.export,
    'plan-import': ({ text }) => configuration.plan(text),
    'import-configuration': ({ text, confirmedHosts }) => configuration.import(text, confirmedHosts),
    'save-provider': (form) => saveProvider(form),
    'check-application': async ({ providerId }) => ({
      isRefused: await isApplicationRefused(await providers.require(providerId)),
    }),
    'remove-provider': async (request) => {
      await removeProvider(request)
      // If this fails, they are given back at the next start.
      await giveBackHosts(providers).catch(() => undefined)
    },
    ...createLockAnswers({ lock, providers, sessions, revocations }),
    used: async () => {
      await lock.renew()
      // The snapshot may be drawn until the idle time is over, which is later now. Not awaited, because it waits for the lock.
      if ((await lock.closesAt()) !== undefined) answers.state(undefined).catch(() => undefined)
    },
  }

  return {
    /** The answers to pages; while locked, most of them are refused. */
    answers: underLock(lock, answers),
    /** Cleans up after earlier runs of the worker; requests that come in meanwhile wait for it. */
    settle: (): Promise<void> => {
      settled = settling.settle()
      return settled
    },
    isLocked,
    connections: async () => (await describeOpen()).connections,
    lock,
    providers,
    sessions,
    revocations,
    registrations,
    copies,
    signIn,
    launch,
    saveProvider,
    removeProvider,
    ...signingOut,
  }
}
