import { createLogAnswers } from '../access-log/access-log-answers.ts'
import { createComparisonAnswers } from '../access-log/log-comparison-answers.ts'
import { watchLogs } from '../access-log/log-watch.ts'
import { watchConnections, withSignInJournal } from '../access-log/own-requests.ts'
import { autoscan } from '../administration/autoscan.ts'
import { searchBrands } from '../administration/brands.ts'
import { createConfiguration } from '../administration/configuration.ts'
import { createRegistrations } from '../administration/registrations.ts'
import { dismissFlow } from '../auth/flow.ts'
import { createLaunch, findLaunching } from '../auth/launch.ts'
import { findManagementPage } from '../auth/management-page.ts'
import { createProofKeys } from '../auth/proof-keys.ts'
import { createProviders } from '../auth/providers.ts'
import { createRemoveProvider } from '../auth/remove-provider.ts'
import { createRevocations } from '../auth/revocation.ts'
import { saySamePerson } from '../auth/same-person.ts'
import { createSaveProvider } from '../auth/save-provider.ts'
import { createSessions } from '../auth/session.ts'
import { createSignIn } from '../auth/sign-in.ts'
import { createSignOut } from '../auth/sign-out.ts'
import { createClient } from '../fhir/client.ts'
import { readPatient } from '../fhir/patients.ts'
import { readVisit } from '../fhir/visits.ts'
import { createCopyKeys } from '../lock/copy-keys.ts'
import { createKeyring } from '../lock/keyring.ts'
import { createLock } from '../lock/lock.ts'
import { type Answers, answer } from '../messages/answer.ts'
import { createCopies } from '../storage/copies.ts'
import { databaseCopies, databaseKeys, databasePairs } from '../storage/database.ts'
import { items } from '../storage/items.ts'
import { createVault } from '../storage/vault.ts'
import { watchEnds } from './ends.ts'
import { createExportAnswers } from './export-answers.ts'
import { watchOmnibox } from './omnibox.ts'
import { createRecordAnswers } from './read-record.ts'
import { createSettling } from './settle.ts'
import { describeLocked, describeState, rememberPlace } from './state.ts'
import { createLockAnswers, underLock } from './under-lock.ts'
import { welcomeOnce } from './welcome.ts'

// The composition root. Browsers wake the worker only for listeners registered in the first turn of its life, so nothing
// here waits before the last of them.

const keyring = createKeyring(databaseKeys)
const vault = createVault(keyring)
const providers = createProviders(vault)
const proofKeys = createProofKeys(databasePairs)
const copies = createCopies({ vault: createVault(createCopyKeys(keyring)), store: databaseCopies })
const revocations = createRevocations({ vault, providers })
const lock = createLock({
  keys: databaseKeys,
  keyring,
  vault,
  copies,
  proofKeys,
  revocations,
  disconnectEverywhere: () => disconnectEverywhere(true),
  settled: () => settled,
  opened: () => settleOpened(),
})
const sessions = createSessions({ vault, providers, proofKeys, copies, revocations })
const registrations = createRegistrations({ vault, providers, sessions })
const { signOut, disconnectEverywhere, removeConnection, removeConnectionsOf, signOutMoved } = createSignOut({
  sessions,
  revocations,
})
const saveProvider = createSaveProvider({ providers, signOutMoved })
const removeProvider = createRemoveProvider({ providers, removeConnectionsOf })
const configuration = createConfiguration({ providers, signOutMoved })
const signIn = createSignIn({
  providers,
  sessions,
  revocations,
  proofKeys,
  whileOpen: lock.whileOpen,
  readPatient: (access, id) => readPatient(createClient(withSignInJournal(access)), id),
  readVisit: (access, id) => readVisit(createClient(withSignInJournal(access)), id),
})
const launch = createLaunch({ providers, signIn })

const { settle, settleOpened } = createSettling({ providers, sessions, revocations, lock, proofKeys, copies })
const settled = settle()

const record = createRecordAnswers({ providers, sessions, copies })

const requireOpen = () => lock.whileOpen(async () => undefined)

const answers: Answers = {
  state: async () => {
    await settled
    if (await lock.isLocked()) return describeLocked(lock)
    return lock
      .whileOpen(() => describeState({ providers, sessions, lock }))
      .catch(async (error) => ((await lock.isLocked()) ? describeLocked(lock) : Promise.reject(error)))
  },
  // A person takes minutes before the organization's pages: the lock may close over them, and would wait no longer.
  'sign-in': async (request) => {
    await requireOpen()
    await signIn(request)
  },
  'launched-by': async ({ iss }) => {
    const { name, fhirBase } = await findLaunching(providers, iss)
    return { name, host: new URL(fhirBase).host }
  },
  launch: async (request) => {
    await requireOpen()
    return launch(request)
  },
  'dismiss-flow': async () => {
    await dismissFlow()
  },
  'dismiss-unrevoked': async ({ id }) => {
    await items.unrevoked.update((all) => all.filter((each) => each.id !== id))
  },
  'remember-place': async ({ place }) => {
    await rememberPlace(place)
  },
  'same-person': async (said) => {
    await saySamePerson(said)
  },
  'sign-out': ({ connectionId }) => signOut(connectionId),
  'disconnect-everywhere': () => disconnectEverywhere(),
  'remove-connection': ({ connectionId }) => removeConnection(connectionId),
  'management-page': async ({ connectionId }) => {
    const url = await findManagementPage(sessions, connectionId)
    return url === undefined ? {} : { url }
  },
  ...record,
  ...createLogAnswers({ sessions, whileOpen: lock.whileOpen }),
  ...createComparisonAnswers({ providers, sessions }),
  ...createExportAnswers({ providers, sessions }),
  autoscan: ({ url, ...application }) => autoscan(url, application),
  'search-brands': searchBrands,
  'register-application': registrations.register,
  'registered-clients': registrations.list,
  'rotate-secret': ({ id }) => registrations.rotateSecret(id),
  'delete-client': async ({ id }) => {
    await registrations.remove(id)
  },
  'forget-client': async ({ id }) => {
    await registrations.forget(id)
  },
  'export-configuration': configuration.export,
  'plan-import': ({ text }) => configuration.plan(text),
  'import-configuration': ({ text, confirmedHosts }) => configuration.import(text, confirmedHosts),
  'save-provider': saveProvider,
  'remove-provider': async (removed) => {
    await removeProvider(removed)
  },
  ...createLockAnswers({ lock, providers, sessions, revocations }),
}

const open = underLock(lock, answers)
answer(open)
watchEnds({ providers, sessions, revocations, lock })
watchLogs(sessions, lock)
watchConnections()
watchOmnibox({
  isLocked: async () => {
    await settled
    return lock.isLocked()
  },
  whileOpen: lock.whileOpen,
  connections: () =>
    lock.whileOpen(async () => (await describeState({ providers, sessions, lock })).connections),
  search: async (request, waiting) => {
    // Whoever types in the address bar is there.
    await open.used(undefined)
    return open['search-patients'](request, waiting)
  },
})

welcomeOnce()
