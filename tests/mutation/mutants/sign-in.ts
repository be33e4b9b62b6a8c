import type { Mutant } from '../mutant.ts'

const underWay = {
  test: 'tests/integration/extension/sign-in-under-way.test.ts',
  project: 'integration',
} as const

export const mutants: readonly Mutant[] = [
  {
    rule: 'A sign-in that fails takes no other connection along',
    file: 'extension/auth/begin-connection.ts',
    find: 'all[id]?.beginning ? withoutConnection(all, id) : all',
    replace: 'Object.keys(withoutConnection(all, id)).length > 0 ? {} : all',
    ...underWay,
    title: 'F46 a sign-in that was cancelled',
  },
  {
    rule: 'What was allowed is found without its connection',
    file: 'extension/auth/connection-ids.ts',
    find: '[await items.connections.get(), await items.sessions.get(), await items.grants.get()]',
    replace: '[await items.connections.get()]',
    ...underWay,
    title: 'F46 what was allowed is ended',
  },
  {
    rule: 'What was allowed ends with its connection',
    file: 'extension/auth/session.ts',
    find: 'if (!Object.hasOwn(connections, connectionId))',
    replace: 'if (!connections)',
    ...underWay,
    title: 'F46 what was allowed is ended',
  },
  {
    rule: 'What a person says of a connection while somebody signs in to it stays',
    file: 'extension/auth/begin-connection.ts',
    find: '...(all[id] ?? { id, ...person, beginning: true })',
    replace: 'id, ...person, beginning: true',
    ...underWay,
    title: 'F70',
  },
  {
    rule: 'Nobody is signed in at a provider that was removed or became another one meanwhile',
    file: 'extension/auth/session.ts',
    find: 'if (!(await isBound(session))) throw',
    replace: 'if (!session) throw',
    ...underWay,
    title: 'F46 nobody is signed in',
  },
  {
    rule: 'Removing a provider removes who signed in meanwhile',
    file: 'extension/auth/remove-provider.ts',
    find: '    await providers.remove(providerId)\n    await removeConnectionsOf(providerId)\n',
    replace: '    await providers.remove(providerId)\n',
    ...underWay,
    title: 'F46 a provider that is removed',
  },
  {
    rule: 'Connections whose provider was removed are forgotten',
    file: 'extension/background/settle.ts',
    find: '    await forgetWithoutProvider(providers)\n',
    replace: '    void forgetWithoutProvider\n    void providers\n',
    ...underWay,
    title: 'F46 the next life',
  },
  {
    rule: 'Where the popup was is kept only while somebody is signed in there',
    file: 'extension/auth/place.ts',
    find: '(kept.connectionId === connectionId ? {} : kept)',
    replace: 'kept',
    ...underWay,
    title: 'F46 where the popup was',
  },
  {
    rule: 'Only the grant that lay on the disk before the lock has to be renewed',
    file: 'extension/auth/session.ts',
    find: '    // Only the grant before this one has lain on the disk.\n    await items.exposed.update((all) => without(all, connectionId))\n',
    replace: '',
    ...underWay,
    title: 'F68',
  },
]
