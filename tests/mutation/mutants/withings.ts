import type { Mutant } from '../mutant.ts'

const signIn = { test: 'tests/integration/withings/sign-in.test.ts', project: 'integration' }
const tokens = { test: 'tests/integration/withings/tokens.test.ts', project: 'integration' }
const ended = { test: 'tests/integration/withings/ended-accounts.test.ts', project: 'integration' }
const telling = { test: 'tests/integration/withings/telling.test.ts', project: 'integration' }
const removal = { test: 'tests/integration/withings/removal.test.ts', project: 'integration' }
const person = { test: 'tests/integration/withings/person.test.ts', project: 'integration' }
const readers = { test: 'tests/integration/withings/readers.test.ts', project: 'integration' }
const notifications = {
  test: 'tests/integration/withings/notifications.test.ts',
  project: 'integration',
}
const mapping = { test: 'tests/unit/sources/withings-mapping.test.ts', project: 'unit' }

/** Signing in with Withings, its tokens and its readings. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'The way back from Withings belongs to the authorization, or the browser, that began, for 15 minutes',
    file: 'server/oauth/upstream/own-upstream.ts',
    find: 'browser === undefined || state.holder !== browser',
    replace: 'browser === undefined',
    ...signIn,
    title: 'W01 at the organization’s own pages',
  },
  {
    rule: 'A state is used once, and one network brings back 20 codes in five minutes that lead nobody in',
    file: 'server/oauth/upstream/redeem-once.ts',
    find: "  if ('wait' in use) throw new UpstreamRefused('late')\n",
    replace: '',
    ...signIn,
    title: 'W01 asks Withings once for (each|a) state',
  },
  {
    rule: 'An answer of Withings is told by its sealed state, and goes to no application',
    file: 'server/oauth/relay.ts',
    find: 'if (!state) return undefined',
    replace: "if (!state) return '/login'",
    ...signIn,
    title: 'W01 accepts no state that was altered',
  },
  {
    rule: 'A person is the number that Withings answers with a code, at the configured API',
    file: 'server/sources/withings/person.ts',
    find: '{userid}-`',
    replace: '{userid.slice(0, 0)}-`',
    ...signIn,
    title: 'W07 creates another account',
  },
  {
    rule: 'Nobody signs in to a disabled account',
    file: 'server/sources/withings/sign-in.ts',
    find: 'isRefused: row.disabled_at !== null',
    replace: 'isRefused: false',
    ...signIn,
    title: 'signs nobody in to an account that is disabled',
  },
  {
    rule: 'What is allowed at Withings for a disabled account ends there, and its tokens are not kept',
    file: 'server/sources/withings/sign-in.ts',
    find: 'if (row.disabled_at !== null) await removeWithings(trx, row.id)',
    replace: 'if (row.disabled_at !== null) await Promise.resolve()',
    ...ended,
    title: 'W08 ends at Withings what was just allowed there',
  },
  {
    rule: 'A new connection has an entry in the log, and so has one that is made again',
    file: 'server/sources/withings/sign-in.ts',
    find: 'else if (!wasConnected)',
    replace: 'else if (!known)',
    ...ended,
    title: 'W08 has an entry when a person connects',
  },
  {
    rule: 'Whoever is removed leaves nothing in the records that is here only because they signed in',
    file: 'server/sources/withings/removal.ts',
    find: '  if (isTheirs) await deleteResources(trx, [row.key])\n',
    replace: '',
    ...ended,
    title: 'W08 deletes everything that is here',
  },
  {
    rule: 'An account whose person does not say who they are ends after an hour',
    file: 'server/sources/withings/end-unnamed.ts',
    find: "'<=', clock())",
    replace: "'<=', 0)",
    ...ended,
    title: 'W08 ends after an hour',
  },
  {
    rule: 'An account whose person does not say who they are ends after an hour',
    file: 'server/sources/withings/sign-in.ts',
    find: 'personOf(patient) !== undefined',
    replace: 'row.name !== UNNAMED',
    ...ended,
    title: 'W08 is told by what its person entered',
  },
  {
    rule: 'Withings is told of each person once, whoever else is slow',
    file: 'server/sources/withings/tell-withings.ts',
    find: 'eb.and({ ...row, next_read })',
    replace: 'eb.and(row)',
    ...telling,
    title: 'W08 two processes tell',
  },
  {
    rule: 'Tokens are sealed with a key that lies outside the database, each for its person',
    file: 'server/sources/withings/tokens.ts',
    find: 'JSON.stringify([issuer, userid])',
    replace: 'JSON.stringify([issuer, userid.slice(0, 0)])',
    ...tokens,
    title: 'open with no other key',
  },
  {
    rule: 'A new pair is stored before it is used, and one process renews',
    file: 'server/sources/withings/tokens.ts',
    find: 'renewing_until: clock() + LEASE }, true)',
    replace: 'renewing_until: clock() + LEASE })',
    ...tokens,
    title: 'W03 are renewed once',
  },
  {
    rule: 'All processes together ask 120 times a minute at most, and sign-ins 60 times',
    file: 'server/sources/withings/request-budget.ts',
    find: 'if (sum > MOST[priority]',
    replace: 'if (sum > 1_000',
    ...tokens,
    title: 'W05 300 people at once',
  },
  {
    rule: 'Nothing is stored for a person who was disconnected, neither readings nor tokens',
    file: 'server/sources/withings/put-measures.ts',
    find: 'if (numUpdatedRows === 0n)',
    replace: 'if (numUpdatedRows < 0n)',
    ...removal,
    title: 'W08 gets nothing back',
  },
  {
    rule: 'A reader of many people has the readings of the one whom they name fetched, and is told otherwise as of when all are',
    file: 'server/fhir/http/bring-up-to-date.ts',
    find: 'named.length === 1 ? named : []',
    replace: '[]',
    ...readers,
    title: 'has what is new at Withings fetched',
  },
  {
    rule: 'A request waits two seconds for readings, whatever it reads',
    file: 'server/sources/withings/feed.ts',
    find: 'over ??= sleep',
    replace: 'over = sleep',
    ...readers,
    title: 'W05 waits two seconds in all',
  },
  {
    rule: 'Nothing is fetched of somebody who has not said who they are',
    file: 'server/sources/withings/feed.ts',
    find: ' || account.unnamed_until !== null',
    replace: '',
    ...readers,
    title: 'W08 has nothing fetched of somebody',
  },
  {
    rule: 'Only a person who said who they are corrects it, and the log has an entry without the values',
    file: 'server/oauth/account/own-person.ts',
    find: "details: { change: 'person' }",
    replace: "details: { change: 'person', ...person }",
    ...person,
    title: 'corrects the name and the birth date',
  },
  {
    rule: 'Only a person who said who they are corrects it, and the log has an entry without the values',
    file: 'server/sources/withings/person.ts',
    find: 'patient && isPatientOf(patient, row.username)',
    replace: 'patient && useridOf(patient)',
    ...person,
    title: 'W08 an account that reads the record of another',
  },
  {
    rule: 'Nothing is taken from a notification, and every one is answered alike',
    file: 'server/sources/withings/notifications.ts',
    find: "      .where('read_at', '<=', clock() - SHORTEST)\n",
    replace: '',
    ...notifications,
    title: 'W09 a notification within a minute',
  },
  {
    rule: 'Goals are no readings',
    file: 'server/sources/withings/read-measures.ts',
    find: ' || category !== 1',
    replace: ' || category === 3',
    ...mapping,
    title: 'has no goals',
  },
]
