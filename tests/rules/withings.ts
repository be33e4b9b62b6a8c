import type { Rule } from '../mutation/rule.ts'

const redeemOnce = {
  file: 'server/sign-in/partner/redeem-once.ts',
  test: 'tests/integration/withings/sign-in.test.ts',
}
const redeemOnceByNetworksOfASite = {
  file: 'server/sign-in/partner/redeem-once.ts',
  test: 'tests/integration/oauth/networks-of-a-site.test.ts',
}
const removal = {
  file: 'server/sources/withings/removal.ts',
  test: 'tests/integration/withings/many-readings.test.ts',
}
const signIn = {
  file: 'server/sources/withings/sign-in.ts',
  test: 'tests/long/withings/ended-accounts.test.ts',
}
const tellWithings = {
  file: 'server/sources/withings/tell-withings.ts',
  test: 'tests/integration/withings/ended-there.test.ts',
}
const signInByEndedThere = {
  file: 'server/sources/withings/sign-in.ts',
  test: 'tests/integration/withings/ended-there.test.ts',
}
const tokens = {
  file: 'server/sources/withings/tokens.ts',
  test: 'tests/integration/withings/tokens.test.ts',
}
const requestBudget = {
  file: 'server/sources/withings/request-budget.ts',
  test: 'tests/integration/withings/tokens.test.ts',
}
const feed = {
  file: 'server/sources/withings/feed.ts',
  test: 'tests/long/withings/readers.test.ts',
}
const feedByTwoProcesses = {
  file: 'server/sources/withings/feed.ts',
  test: 'tests/integration/withings/two-processes.test.ts',
}
const feedByEndlessReadings = {
  file: 'server/sources/withings/feed.ts',
  test: 'tests/integration/withings/endless-readings.test.ts',
}
const putResource = {
  file: 'server/fhir/index/put-resource.ts',
  test: 'tests/integration/withings/imported-results.test.ts',
}
const feedByWholeReadings = {
  file: 'server/sources/withings/feed.ts',
  test: 'tests/long/withings/whole-readings.test.ts',
}
const readMeasures = {
  file: 'server/sources/withings/read-measures.ts',
  test: 'tests/long/withings/whole-readings.test.ts',
}
const signInTest = { test: 'tests/integration/withings/sign-in.test.ts' }
const leftNamePageTest = { test: 'tests/integration/withings/left-name-page.test.ts' }
const manyReadingsTest = { test: 'tests/integration/withings/many-readings.test.ts' }
const endedAccountsTest = {
  test: 'tests/long/withings/ended-accounts.test.ts',
}
const endedMeanwhileTest = {
  test: 'tests/integration/withings/ended-meanwhile.test.ts',
}
const removalTest = { test: 'tests/long/withings/removal.test.ts' }
const personTest = { test: 'tests/integration/withings/person.test.ts' }
const withingsMappingTest = { test: 'tests/unit/sources/withings-mapping.test.ts' }
const importedResultsTest = {
  test: 'tests/integration/withings/imported-results.test.ts',
}
const notUnderstoodTest = {
  test: 'tests/integration/withings/not-understood.test.ts',
}
const wholeReadingsTest = {
  test: 'tests/long/withings/whole-readings.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: 'A redirect back counts only by its sealed state, in the browser that began',
    protects: 'sign-ins, from planted codes',
    at: ['server/oauth/relay#returnAddress', 'server/sign-in/partner/partner-routes#partnerRoutes'],
    mutants: [
      {
        ...signInTest,
        file: 'server/sign-in/partner/partner-routes.ts',
        find: 'holder === undefined || state?.holder !== holder',
        replace: 'holder === undefined',
        title: 'W01 at the organization’s own pages',
      },
      {
        ...signInTest,
        file: 'server/oauth/relay.ts',
        find: 'if (!state) return undefined',
        replace: "if (!state) return '/login'",
        title: 'W01 accepts no state that was altered',
      },
    ],
  },
  {
    rule: 'A state is used once, and a network or site brings back few codes',
    protects: "everybody's sign-ins",
    at: ['server/sign-in/partner/redeem-once#redeemOnce'],
    mutants: [
      {
        ...redeemOnce,
        find: "  if ('wait' in use) throw new PartnerRefused('late')\n",
        replace: '',
        title: 'W01 asks Withings once for (each|a) state',
      },
      {
        ...redeemOnceByNetworksOfASite,
        find: "    { limit: 'partnerCodesSite', value: site },\n",
        replace: '',
        title: 'on sqlite.*presents no more codes in',
      },
      {
        ...redeemOnceByNetworksOfASite,
        find: "    { limit: 'partnerSite', value: site },\n",
        replace: '',
        title: 'on sqlite.*presents no more invented',
      },
      {
        ...redeemOnce,
        find: "  if ('wait' in turn) throw new PartnerRefused('busy')\n",
        replace: '',
        title: 'J34 takes 20 codes a minute',
      },
    ],
  },
  {
    rule: 'The page that asks for a name lives 15 minutes, for a person not yet named',
    protects: 'a person who signed out',
    at: ['server/sign-in/partner/partner-state#seal', 'server/sources/withings/sign-in#putPerson'],
    mutants: [
      {
        ...leftNamePageTest,
        file: 'server/sources/withings/sign-in.ts',
        find: 'if (isFirst && personOf(patient))',
        replace: 'if (isFirst && !patient)',
        title: 'authorization.*A28',
      },
      {
        ...leftNamePageTest,
        file: 'server/sign-in/partner/partner-state.ts',
        find: '{ ...state, ends: state.ends ?? clock() + LIFE }',
        replace: '{ ...state, ends: clock() + LIFE }',
        title: 'own pages.*lives for 15 minutes',
      },
    ],
  },
  {
    rule: 'Readings are stored and deleted in pieces, and all before the connection is forgotten',
    protects: "everybody's answers; deleted readings",
    at: [
      'server/cli/admin/users-command#changeAccount',
      'server/sources/withings/forget-missing#createForgetting',
      'server/sources/withings/removal#deleteLeftovers',
      'server/sources/withings/removal#deleteReadings',
      'server/sources/withings/sign-in#withingsSignIn',
    ],
    mutants: [
      {
        file: 'server/sources/withings/put-measures.ts',
        test: 'tests/integration/withings/put-measures.test.ts',
        find: 'const TOGETHER = 25',
        replace: 'const TOGETHER = 25_000',
        title: 'W06 are stored',
      },
      {
        ...removal,
        find: "      .where('fault', '=', REMOVED)\n",
        replace: '',
        title: 'W08 stay if the person connects',
      },
      {
        ...removal,
        find: 'export const TOGETHER = 500',
        replace: 'export const TOGETHER = 500_000',
        title: 'W08 are deleted 500',
      },
      {
        ...manyReadingsTest,
        file: 'server/sources/withings/tell-withings.ts',
        find: 'await deleteReadings(store, account_id)',
        replace: '',
        title: 'W08 are all deleted',
      },
      {
        ...manyReadingsTest,
        file: 'server/sources/withings/sign-in.ts',
        find: 'if (former && former.patient !== patient)',
        replace: "if (former && former.patient === '')",
        title: 'W08 are all deleted even if that is broken off$',
      },
      {
        ...removal,
        find: 'await deleteLeftoversOf(store, patient).catch((error: unknown) => errors.push(error))',
        replace: 'await deleteLeftoversOf(store, patient)',
        title: 'on sqlite.*W08 are all deleted even if those of others',
      },
      {
        ...manyReadingsTest,
        file: 'server/sources/withings/sign-in.ts',
        find: "['withings_account', 'withings_leftover'] as const",
        replace: "['withings_account'] as const",
        title: 'W08 never come with the record',
      },
      {
        ...manyReadingsTest,
        file: 'server/sources/withings/sign-in.ts',
        find: ".where('patient', '=', patient ?? '')\n      .execute()\n    const values",
        replace: ".where('patient', '=', '')\n      .execute()\n    const values",
        title: 'W08 stay if the record is given back',
      },
      {
        ...manyReadingsTest,
        file: 'server/sources/withings/forget-missing.ts',
        find: 'await olderReadings(trx)',
        replace: "await trx.selectFrom('resource')",
        title: 'J39 are deleted 500',
      },
      {
        ...manyReadingsTest,
        file: 'server/sources/withings/forget-missing.ts',
        find: "or([eb('resource.last_updated', '<', began), ",
        replace: "or([eb('resource.last_updated', '>=', 0), ",
        title: 'J39 are deleted 500',
      },
      {
        ...manyReadingsTest,
        file: 'server/cli/admin/users-command.ts',
        find: '    await deleteReadings(store, id)\n',
        replace: '',
        title: 'W08 are deleted by the terminal',
      },
    ],
  },
  {
    rule: "One number at Withings is one account and one patient's record",
    protects: 'records of others',
    at: [
      'server/sources/withings/person#usernameOf',
      'server/sources/withings/sign-in#redeem',
      'server/sources/withings/sign-in#signUp',
    ],
    mutants: [
      {
        ...signInTest,
        file: 'server/sources/withings/person.ts',
        find: '{userid}-${create',
        replace: '{userid.slice(0, 0)}-${create',
        title: 'W07 creates another account',
      },
      {
        file: 'server/sources/withings/sign-in.ts',
        test: 'tests/integration/withings/first-sign-ins.test.ts',
        find: "      .onConflict((conflict) => conflict.column('username').doNothing())\n",
        replace: '',
        title: 'W07 who comes back',
      },
      {
        ...signIn,
        find: '          await keepEnded(trx, owner, row.id)\n',
        replace: '',
        title: 'J40 two accounts for one patient',
      },
    ],
  },
  {
    rule: 'Nobody signs in to a disabled account, and its access is ended at Withings',
    protects: 'the record',
    at: ['server/sources/withings/sign-in#redeem'],
    mutants: [
      {
        ...signInTest,
        file: 'server/sources/withings/sign-in.ts',
        find: "...(row.disabled_at !== null && { refusal: 'disabled' })",
        replace: '',
        title: 'signs nobody in to an account that is disabled',
      },
      {
        ...signIn,
        find: 'if (row.disabled_at !== null) await removeWithings(trx, row.id)',
        replace: 'if (row.disabled_at !== null) await Promise.resolve()',
        title: 'W08 ends at Withings what was just allowed there',
      },
    ],
  },
  {
    rule: 'A connection made anew gets an entry',
    protects: "the person's knowledge",
    at: ['server/sources/withings/sign-in#redeem'],
    mutants: [
      {
        ...signIn,
        find: 'else if (!wasConnected)',
        replace: 'else if (isNew)',
        title: 'W08 has an entry when a person connects',
      },
    ],
  },
  {
    rule: 'Removing a person deletes what is here only because they signed in',
    protects: 'name, birth date, readings',
    at: ['server/sources/withings/removal#erasePerson'],
    mutants: [
      {
        ...endedAccountsTest,
        file: 'server/sources/withings/removal.ts',
        find: 'isTheirs ? await deleteResources(trx, [row.key], ORIGIN) : 0',
        replace: '0',
        title: 'W08 deletes everything that is here',
      },
      {
        ...endedMeanwhileTest,
        file: 'server/sources/withings/removal.ts',
        find: '  await holdAccount(trx, username)\n  const readings',
        replace: '  const readings',
        title: 'W08 a sign-in makes a new account',
      },
    ],
  },
  {
    rule: 'An account whose person gives no name is removed after an hour',
    protects: 'tokens of unfinished sign-ins',
    at: [
      'server/sources/withings/removal#endUnnamed',
      'server/sources/withings/removal#findDue',
      'server/sources/withings/sign-in#redeem',
    ],
    mutants: [
      {
        ...endedMeanwhileTest,
        file: 'server/sources/withings/removal.ts',
        find: '      await holdAccount(trx, username)\n',
        replace: '',
        title: 'W08 another process does not end it once more',
      },
      {
        ...endedAccountsTest,
        file: 'server/sources/withings/removal.ts',
        find: "'<=', clock())",
        replace: "'<=', 0)",
        title: 'W08 ends after an hour',
      },
      {
        ...signIn,
        find: 'personOf(patient) !== undefined',
        replace: 'row.name !== UNNAMED',
        title: 'W08 is told by what its person entered',
      },
    ],
  },
  {
    rule: 'Withings is told once of an end, if the person is still disconnected',
    protects: 'what was just allowed again',
    at: [
      'server/sources/withings/sign-in#redeem',
      'server/sources/withings/sign-in#withingsSignIn',
      'server/sources/withings/tell-withings#endThere',
    ],
    covers: 'sign-ins between any two steps, lost answers',
    mutants: [
      {
        ...tellWithings,
        find: '=== 0n) return\n    const failure',
        replace: '< 0n) return\n    const failure',
        title: 'keeps it if the request that ends it was not sent yet',
      },
      {
        ...tellWithings,
        find: "    if (fault === 'away') throw failure\n",
        replace: '',
        title: 'waits for 30 seconds',
      },
      {
        ...tellWithings,
        find: '.set({ ending_until: 0 })',
        replace: '.set({ ending_until })',
        title: 'waits no longer',
      },
      {
        file: 'server/sources/withings/tokens.ts',
        test: 'tests/integration/withings/ended-there.test.ts',
        find: ' || row.ending_until > clock()',
        replace: '',
        title: 'signs in once more if that request came after',
      },
      {
        ...signInByEndedThere,
        find: '      ...(isDoubtful && { access_ends: 0 }),\n',
        replace: '',
        title: 'signs in once more if all of it happened',
      },
      {
        ...signInByEndedThere,
        find: '!wasConnected || former.access_ends === 0',
        replace: '!wasConnected',
        title: 'signs in once more in each of two browsers',
      },
      {
        ...signInByEndedThere,
        find: '      if (isDoubtful) await confirm(owner)\n',
        replace: '',
        title: 'signs in once more if all of it happened',
      },
      {
        file: 'server/sources/withings/tell-withings.ts',
        test: 'tests/long/withings/telling.test.ts',
        find: 'eb.and({ ...row, next_read })',
        replace: 'eb.and(row)',
        title: 'W08 two processes tell',
      },
    ],
  },
  {
    rule: 'A page waits 5 s for a code, and 3 s for all else',
    protects: 'a person, from a cut connection',
    at: ['server/sources/withings/brief-waits#waitBriefly'],
    mutants: [
      {
        ...removalTest,
        file: 'server/sources/withings/brief-waits.ts',
        find: 'await Promise.race([work, sleep(LONGEST_WAIT, undefined, { ref: false })])',
        replace: 'await work',
        title: 'W08 is told so although',
      },
      {
        file: 'server/sources/withings/brief-waits.ts',
        test: 'tests/unit/sources/brief-waits.test.ts',
        find: 'LONGEST_REDEEMING = 5_000',
        replace: 'LONGEST_REDEEMING = 8_000',
        title: 'W08 a page that waits',
      },
    ],
  },
  {
    rule: 'Tokens are sealed, each for its person, with a key outside the database',
    protects: 'readings at Withings',
    at: ['server/sources/withings/token-sealer#sealToken'],
    mutants: [
      {
        file: 'server/sources/withings/token-sealer.ts',
        test: 'tests/integration/withings/tokens.test.ts',
        find: 'JSON.stringify([issuer, userid])',
        replace: 'JSON.stringify([issuer, userid.slice(0, 0)])',
        title: 'open with no other key',
      },
    ],
  },
  {
    rule: 'A new pair of tokens is stored before use, and used ten minutes',
    protects: "everybody's connection",
    at: ['server/sources/withings/tokens#findCurrent', 'server/sources/withings/tokens#sealPair'],
    mutants: [
      {
        ...tokens,
        find: "        .where('renewing_until', '=', found.renewing_until)\n",
        replace: '',
        title: 'W03 are renewed once',
      },
      {
        ...tokens,
        find: 'Math.max(expiresIn * 1000, SHORTEST + MARGIN)',
        replace: 'expiresIn * 1000',
        title: 'W03 are used at least ten minutes',
      },
    ],
  },
  {
    rule: 'Of a group that comes on two pages, the last edit counts',
    protects: 'readings',
    at: ['server/sources/withings/feed#createFeed'],
    mutants: [
      {
        file: 'server/sources/withings/feed.ts',
        test: 'tests/integration/withings/endless-readings.test.ts',
        find: 'modified >= (edits.get(grpid) ?? 0)',
        replace: 'modified >= 0',
        title: 'keeps the last edit',
      },
    ],
  },
  {
    rule: 'All processes share 120 requests a minute, of which one person has few',
    protects: "everybody's connection",
    at: ['server/sources/withings/request-budget#createRequestBudget'],
    mutants: [
      {
        ...requestBudget,
        find: 'if ((await count(name)) > limit)',
        replace: "if ((await count(name)) > limit && name !== 'withings-requests')",
        title: 'W05 300 people at once',
      },
      {
        ...requestBudget,
        find: "take('withings-further', MOST_FURTHER)",
        replace: "take('withings-further', MOST)",
        title: 'W05 one person gets 48',
      },
    ],
  },
  {
    rule: 'Ends of connections take nothing of the requests for sign-ins',
    protects: "everybody's sign-ins",
    at: [
      'server/sources/withings/request-budget#shareOf',
      'server/sources/withings/withings-client#getNonce',
    ],
    mutants: [
      {
        file: 'server/sources/withings/withings-client.ts',
        test: 'tests/integration/withings/signing-in-and-out.test.ts',
        find: 'purpose: { endOf: userid }',
        replace: "purpose: 'sign-in'",
        title: 'J34 W05 one network',
      },
      { ...requestBudget, find: 'requests: 2', replace: 'requests: 1', title: 'W05 ten connections' },
      { ...requestBudget, find: "'withings-ends': MOST_ENDS, ", replace: '', title: 'W05 ten connections' },
      {
        ...requestBudget,
        find: '`]: MOST_ENDS_OF_PERSON',
        replace: '`]: MOST_ENDS',
        title: 'W05 ten connections',
      },
      {
        ...requestBudget,
        find: ", 'withings-readings': MOST_READINGS",
        replace: '',
        title: 'W05 300 people at once',
      },
    ],
  },
  {
    rule: 'Nothing is fetched or stored for a person disconnected or without a name',
    protects: 'what was deleted',
    at: [
      'server/sources/withings/feed#bringUpToDate',
      'server/sources/withings/put-measures#requireConnected',
    ],
    mutants: [
      {
        ...removalTest,
        file: 'server/sources/withings/put-measures.ts',
        find: 'if (numUpdatedRows === 0n)',
        replace: 'if (numUpdatedRows < 0n)',
        title: 'W08 gets nothing back',
      },
      {
        ...feed,
        find: "      .where('unnamed_until', 'is', null)\n      .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))\n      .executeTakeFirst()",
        replace: '      .executeTakeFirst()',
        title: 'W08 has nothing fetched of somebody',
      },
    ],
  },
  {
    rule: 'A notification changes nothing by itself',
    protects: 'the record, from forged notifications',
    at: ['server/sources/withings/notifications#hasten'],
    mutants: [
      {
        file: 'server/sources/withings/notifications.ts',
        test: 'tests/long/withings/notifications.test.ts',
        find: "      .where('read_at', '<=', clock() - SHORTEST)\n",
        replace: '',
        title: 'W09 a notification within a minute',
      },
    ],
  },
  {
    rule: 'New readings are fetched if a request names one person',
    protects: 'clinicians, from old readings',
    at: ['server/fhir/http/bring-up-to-date#bringUpToDate'],
    mutants: [
      {
        file: 'server/fhir/http/bring-up-to-date.ts',
        test: 'tests/long/withings/readers.test.ts',
        find: 'named.length === 1 ? named : []',
        replace: '[]',
        title: 'has what is new at Withings fetched',
      },
    ],
  },
  {
    rule: 'While readings are fetched, answers say that they are not complete',
    protects: 'readers, from incomplete lists',
    at: ['server/sources/withings/feed#stateOf'],
    mutants: [
      {
        ...feedByTwoProcesses,
        find: 'read_at === null || next_read !== read_at + INTERVAL',
        replace: 'false',
        title: 'W05 are said to be missing',
      },
      {
        ...feedByTwoProcesses,
        find: '|| next_read !== read_at + INTERVAL',
        replace: '',
        title: 'W05 are said to be missing',
      },
    ],
  },
  {
    rule: 'A request waits at most two seconds for new readings',
    protects: 'the reader',
    at: ['server/sources/withings/feed#open'],
    mutants: [
      { ...feed, find: 'over ??= sleep', replace: 'over = sleep', title: 'W05 waits two seconds in all' },
    ],
  },
  {
    rule: 'A person corrects only what they entered, and its entry holds no values',
    protects: 'names that organizations recorded',
    at: ['server/portal/partner-pages#ownPerson', 'server/sources/withings/person#findOwnPatient'],
    mutants: [
      {
        ...personTest,
        file: 'server/sources/withings/person.ts',
        find: 'patient && isPatientOf(patient, row.username)',
        replace: 'patient && useridOf(patient)',
        title: 'W08 an account that reads the record of another',
      },
      {
        file: 'server/sources/withings/person.ts',
        test: 'tests/unit/sources/withings-person.test.ts',
        find: 'USERNAME.exec(username)?.[1] === userid',
        replace: 'username.startsWith("withings-" + userid + "-")',
        title: 'W08 and not to the account',
      },
      {
        ...personTest,
        file: 'server/portal/partner-pages.ts',
        find: "details: { change: 'person' }",
        replace: "details: { change: 'person', ...person }",
        title: 'corrects the name and the birth date',
      },
    ],
  },
  {
    rule: 'Numbers and texts of answers are taken exactly, or not at all',
    protects: 'records of others; readings',
    at: ['server/sources/withings/read-measures#LONG', 'server/sources/withings/read-measures#textIn'],
    mutants: [
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/read-measures.ts',
        find: "['value', 'grpid', 'userid']",
        replace: "['value']",
        title: 'W07 keeps every digit',
      },
      {
        file: 'server/sources/withings/read-measures.ts',
        test: 'tests/integration/withings/odd-answers.test.ts',
        find: "typeof value === 'string' || typeof value === 'number' ? String(value) : ''",
        replace: 'String(value)',
        title: 'J39 .* is no ',
      },
    ],
  },
  {
    rule: 'A text of Withings has at most 200 characters',
    protects: "everybody's turns",
    at: ['server/sources/withings/read-measures#textIn'],
    mutants: [
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/read-measures.ts',
        find: "text.length > LONGEST_TEXT ? '' : text",
        replace: 'text',
        title: 'has no text of more than 200',
      },
    ],
  },
  {
    rule: 'An answer of Withings has at most 100,000 values, counted before they are read',
    protects: "memory and everybody's turns",
    at: ['server/sources/withings/read-measures#parseAnswer'],
    mutants: [
      {
        file: 'server/sources/withings/read-measures.ts',
        test: 'tests/integration/withings/odd-answers.test.ts',
        find: 'json.parse(wholePiece(text, MOST_VALUES).text,',
        replace: 'json.parse(text,',
        title: 'J39 an answer with more than 100,000 values',
      },
    ],
  },
  {
    rule: 'A wait is stored in whole seconds',
    protects: 'readers, from a missing reason',
    at: ['server/sources/withings/withings-error#errorOf'],
    mutants: [
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/withings-error.ts',
        find: 'Math.ceil(Math.min(Math.max(seconds, 1), 3600))',
        replace: 'Math.min(Math.max(seconds, 1), 3600)',
        title: 'W04 601 with a wait',
      },
    ],
  },
  {
    rule: 'At most 200,000 readings of one person are kept',
    protects: 'the disk; memory',
    at: ['server/sources/withings/feed#roomFor', 'server/sources/withings/put-measures#putGroups'],
    mutants: [
      {
        ...feedByEndlessReadings,
        find: 'return most - Number(stored)',
        replace: 'return most + Number(stored)',
        title: 'fills no disk',
      },
      {
        ...feedByEndlessReadings,
        find: 'if (whole && whole.seen.size >= most) throw tooMany()',
        replace: '',
        title: 'fills no memory',
      },
      {
        ...feedByEndlessReadings,
        file: 'server/sources/withings/put-measures.ts',
        find: '.slice(0, Math.max(room, 0))',
        replace: '.slice(0)',
        title: 'stores no page beyond the limit',
      },
      {
        ...feedByEndlessReadings,
        file: 'server/sources/withings/put-measures.ts',
        find: 'left -= put.added',
        replace: 'left -= 0',
        title: 'stores no page beyond the limit',
      },
      {
        ...feedByEndlessReadings,
        find: 'if (isCut && !whole) throw tooMany()',
        replace: 'if (isCut) throw tooMany()',
        title: 'stores no page beyond the limit',
      },
    ],
  },
  {
    rule: 'Of all people together, at most a million ids of readings are remembered',
    protects: 'memory',
    at: ['server/sources/withings/kept-ids#createKeptIds'],
    mutants: [
      {
        file: 'server/sources/withings/kept-ids.ts',
        test: 'tests/unit/sources/withings-kept-ids.test.ts',
        find: '        take(oldest)\n',
        replace: '',
        title: 'are those of the last people',
      },
      {
        file: 'server/sources/withings/kept-ids.ts',
        test: 'tests/unit/sources/withings-kept-ids.test.ts',
        find: 'count += countOf(value) + 1',
        replace: 'count += countOf(value)',
        title: 'are within it also',
      },
    ],
  },
  {
    rule: "Withings does not choose the length of a line in the operator's log",
    protects: 'the disk',
    at: ['server/sources/withings/feed#leaveOut'],
    mutants: [
      {
        ...feedByEndlessReadings,
        find: 'leftOut.size < MOST_REASONS || leftOut.has(reason)',
        replace: 'leftOut',
        title: 'does not choose how long a line',
      },
    ],
  },
  {
    rule: 'A goal is not stored as a reading',
    protects: 'the record',
    at: ['server/sources/withings/read-measures#readGroup'],
    mutants: [
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/read-measures.ts',
        find: '!isObject(group) || group.category !== GOAL',
        replace: 'true',
        title: 'has no goals',
      },
    ],
  },
  {
    rule: 'Only what Withings put here is replaced or deleted because of it',
    protects: 'imported results',
    at: [
      'server/fhir/index/put-indexes#deleteResources',
      'server/fhir/index/put-resource#replace',
      'server/sources/withings/person#findOwnPatient',
    ],
    mutants: [
      {
        file: 'server/fhir/index/put-indexes.ts',
        test: 'tests/integration/fhir/writers-at-once.test.ts',
        find: "      .where('origin', '=', origin)\n",
        replace: '',
        title: 'W08 keep a reading',
      },
      {
        ...putResource,
        find: '  if (row.origin !== null && row.origin !== origin) return undefined\n',
        replace: '',
        title: 'W08 keeps results',
      },
      { ...putResource, find: ' && row.origin === origin)', replace: ')', title: 'W08 keeps results' },
      {
        ...importedResultsTest,
        file: 'server/sources/withings/person.ts',
        find: "    .where('resource.origin', '=', ORIGIN)\n",
        replace: '',
        title: 'W08 stays when',
      },
    ],
  },
  {
    rule: 'A reading is deleted only once two fetches, understood in full, lacked it',
    protects: 'the record; readings',
    at: [
      'server/sources/withings/feed#readAll',
      'server/sources/withings/read-measures#readGroup',
      'server/sources/withings/read-measures#readMeasurePage',
    ],
    mutants: [
      {
        ...wholeReadingsTest,
        file: 'server/sources/withings/forget-missing.ts',
        find: 'missed.filter(({ id }) => before?.has(id))',
        replace: 'missed.filter(() => true)',
        title: 'J39 the readings of Withings',
      },
      {
        file: 'server/sources/withings/forget-missing.ts',
        test: 'tests/integration/withings/server-again.test.ts',
        find: 'last?.wholeAt === wholeAt ? last.ids : undefined',
        replace: 'last?.ids',
        title: 'J39 a reading that another server',
      },
      {
        ...feedByWholeReadings,
        test: 'tests/long/withings/feed.test.ts',
        find: 'const offset = before > start ? before : position.offset',
        replace: 'const offset = position.offset',
        title: 'W04 are complete although some are deleted',
      },
      {
        ...feedByWholeReadings,
        find: '(hasUnknown || ',
        replace: '(',
        title: 'J39 the readings of Withings',
      },
      {
        ...readMeasures,
        find: 'if (!hasMore && !LAST.includes(more))',
        replace: 'if (hasMore && LAST.includes(more))',
        title: 'J39 the readings of Withings',
      },
      {
        ...readMeasures,
        find: '  if (readMeasures.length < measures.length) return undefined\n',
        replace: '',
        title: 'J39 the readings of Withings',
      },
    ],
  },
  {
    rule: "The id of a reading fits FHIR, however long its record's id is",
    protects: 'readings',
    at: ['server/sources/withings/observations#fittingId', 'server/sources/withings/put-measures#putGroups'],
    mutants: [
      {
        ...importedResultsTest,
        file: 'server/sources/withings/observations.ts',
        find: 'id.length <= LONGEST_ID ? id',
        replace: 'id.length > 0 ? id',
        title: 'W06 J39 gets, corrects',
      },
      {
        ...importedResultsTest,
        file: 'server/sources/withings/put-measures.ts',
        find: 'return { ids, reasons, hasUnknown, added',
        replace: 'return { ids: [], reasons, hasUnknown, added',
        title: 'W06 J39 gets, corrects',
      },
    ],
  },
  {
    rule: 'What is not understood of an answer deletes nothing',
    protects: 'the record; readings',
    at: [
      'server/sources/withings/feed#readAll',
      'server/sources/withings/observations#dateTime',
      'server/sources/withings/observations#mapGroup',
      'server/sources/withings/put-measures#leaveUnknown',
      'server/sources/withings/read-measures#readMeasurePage',
    ],
    mutants: [
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/observations.ts',
        find: '!(Math.abs(minutes) <= LARGEST_OFFSET)',
        replace: '!Number.isFinite(minutes)',
        title: 'keeps all readings, in UTC',
      },
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/read-measures.ts',
        find: 'isSkipping || ',
        replace: '',
        title: 'deletes nothing, twice in a row',
      },
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/observations.ts',
        find: 'types.size === 0 || ',
        replace: '',
        title: 'deletes nothing by groups',
      },
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/feed.ts',
        find: 'page.hasUnknown || put.hasUnknown',
        replace: 'page.hasUnknown',
        title: 'deletes nothing by groups',
      },
      {
        file: 'server/sources/withings/put-measures.ts',
        test: 'tests/integration/withings/put-measures.test.ts',
        find: 'return leaveUnknown(error.code)',
        replace: 'return { prepared: [], absent: resources.map(({ id }) => id) }',
        title: 'J39 keep what was stored',
      },
    ],
  },
  {
    rule: 'Only a known attribution makes a reading final',
    protects: 'readers, from results of others',
    at: ['server/sources/withings/observations#mapGroup', 'server/sources/withings/read-measures#numberIn'],
    mutants: [
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/observations.ts',
        find: 'const isCertain = CERTAIN.has(attrib)',
        replace: 'const isCertain = attrib !== MAYBE_ANOTHERS',
        title: 'J39 is preliminary',
      },
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/read-measures.ts',
        find: 'const text = textIn(value).trim()',
        replace: 'const text = textIn(value)',
        title: 'J39 is none',
      },
    ],
  },
  {
    rule: 'Two values of one type, or a value that cannot be, are not understood',
    protects: 'readers, from wrong values',
    at: ['server/sources/withings/observations#canBe', 'server/sources/withings/observations#mapGroup'],
    mutants: [
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/observations.ts',
        find: ' || types.size < known.length',
        replace: '',
        title: 'J39 is not understood if it has two',
      },
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/observations.ts',
        find: 'number > 0 && (',
        replace: '(',
        title: 'J39 is not understood if a value',
      },
      {
        ...withingsMappingTest,
        file: 'server/sources/withings/observations.ts',
        find: " && (KINDS[type]?.ucum !== '%' || number <= 100)",
        replace: '',
        title: 'J39 is not understood if something is more',
      },
    ],
  },
  {
    rule: 'Until all readings are understood, answers say that some are missing or have changed',
    protects: 'readers, from incomplete lists',
    at: ['server/sources/withings/feed#feedNote', 'server/sources/withings/feed#readAll'],
    mutants: [
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/feed.ts',
        find: 'hasUnknown ? { unknown_at: began } : ',
        replace: '',
        title: 'of a reading that was edited',
      },
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/feed.ts',
        find: 'whole && { unknown_at: null }',
        replace: '{ unknown_at: null }',
        title: 'of a new reading, until',
      },
      {
        ...notUnderstoodTest,
        file: 'server/sources/withings/feed.ts',
        find: 'return oldest > clock() - INTERVAL && !hasUnknown ?',
        replace: 'return oldest > clock() - INTERVAL ?',
        title: 'if they read many patients',
      },
    ],
  },
  {
    rule: 'The former value of a reading that is edited to a date in the future does not stay',
    protects: 'readers, from withdrawn values',
    at: ['server/sources/withings/put-measures#putGroups'],
    mutants: [
      {
        ...wholeReadingsTest,
        file: 'server/sources/withings/put-measures.ts',
        find: '[...resources.map(({ id }) => id), ...absent]',
        replace: '[]',
        title: 'J39 the readings of Withings',
      },
    ],
  },
  {
    rule: 'New readings are asked for since a past time by our clock',
    protects: 'readings',
    at: ['server/sources/withings/feed#readAll'],
    mutants: [
      {
        ...feedByWholeReadings,
        find: 'Math.min(updated, Math.floor(began / 1000))',
        replace: 'updated',
        title: 'J39 a reading is not missed',
      },
    ],
  },
  {
    rule: 'Readings are complete as of the time at which their fetch began',
    protects: 'readers, from old readings',
    at: ['server/sources/withings/feed#readAll'],
    mutants: [
      {
        ...feed,
        test: 'tests/long/withings/feed.test.ts',
        find: 'read_at: began,\n      next_read: began + INTERVAL',
        replace: 'read_at: clock(),\n      next_read: clock() + INTERVAL',
        title: 'W04 are said to be as of when',
      },
    ],
  },
  {
    rule: 'A subscription stands for the connection that it was made for',
    protects: 'readers, from old readings',
    at: ['server/sources/withings/notifications#keep'],
    mutants: [
      {
        file: 'server/sources/withings/notifications.ts',
        test: 'tests/long/withings/notifications.test.ts',
        find: 'eb.and({ patient, connection })',
        replace: 'eb.and({ patient })',
        title: 'W09 a subscription that was made',
      },
      {
        file: 'server/sources/withings/notifications.ts',
        test: 'tests/long/withings/notifications.test.ts',
        find: 'return numUpdatedRows > 0n',
        replace: 'return true',
        title: 'W09 a subscription that was made',
      },
    ],
  },
  {
    rule: 'A refused subscription is taken back, and asked for once more',
    protects: "Withings' requests",
    at: ['server/sources/withings/notifications#subscribe'],
    mutants: [
      {
        ...wholeReadingsTest,
        file: 'server/sources/withings/notifications.ts',
        find: '      if (attempt.refusals >= MOST_REFUSALS) return\n',
        replace: '',
        title: 'J39 a subscription of which Withings refuses a half',
      },
    ],
  },
]
