import type { Rule } from '../mutation/rule.ts'

const entryOrder = {
  file: 'extension/access-log/proof/entry-order.ts',
  test: 'tests/unit/extension/list-page.test.ts',
}
const verifyTimes = {
  file: 'server/audit/verify/verify-times.ts',
  test: 'tests/unit/audit/verify-times.test.ts',
}
const listPage = {
  file: 'extension/access-log/proof/list-page.ts',
  test: 'tests/unit/extension/list-page.test.ts',
}
const entryCounts = {
  file: 'extension/access-log/proof/entry-counts.ts',
  test: 'tests/unit/extension/list-page.test.ts',
}
const waitingEntries = {
  file: 'extension/access-log/proof/waiting-entries.ts',
  test: 'tests/unit/extension/list-page.test.ts',
}
const waitingEntriesByTwoTexts = {
  file: 'extension/access-log/proof/waiting-entries.ts',
  test: 'tests/unit/extension/two-texts.test.ts',
}
const listPageByTwoTexts = {
  file: 'extension/access-log/proof/list-page.ts',
  test: 'tests/unit/extension/two-texts.test.ts',
}
const knownLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/unit/extension/two-texts.test.ts',
}
const knownLogByKnownLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/unit/extension/known-log.test.ts',
}
const newAccesses = {
  file: 'extension/access-log/watch/find-new.ts',
  test: 'tests/unit/extension/known-log.test.ts',
}
const knownLogByKnownLogInIntegration = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/long/extension/known-log.test.ts',
}
const knownLogByHostileLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/long/extension/hostile-log.test.ts',
}
const knownLogByHiddenAccesses = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/long/extension/hidden-accesses.test.ts',
}
const nextLooks = {
  file: 'extension/access-log/watch/next-looks.ts',
  test: 'tests/integration/extension/narrowed-log.test.ts',
}
const knownLogByNarrowedLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/integration/extension/narrowed-log.test.ts',
}
const proveLog = {
  file: 'extension/access-log/watch/prove-log.ts',
  test: 'tests/integration/extension/compared-logs.test.ts',
}
const logComparisonAnswers = {
  file: 'extension/access-log/watch/log-comparison-answers.ts',
  test: 'tests/integration/extension/compared-logs.test.ts',
}
const knownPlacesTest = { test: 'tests/unit/extension/known-places.test.ts' }
const unannouncedAccessesTest = {
  test: 'tests/long/extension/unannounced-accesses.test.ts',
}
const hiddenAccessesTest = {
  test: 'tests/long/extension/hidden-accesses.test.ts',
}
const narrowedLogTest = { test: 'tests/integration/extension/narrowed-log.test.ts' }
const comparedLogsTest = { test: 'tests/integration/extension/compared-logs.test.ts' }

const logLeaf = {
  file: 'extension/access-log/proof/log-leaf.ts',
  test: 'tests/unit/extension/log-leaf.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: "Along the log's tree, numbers increase and dates do not go back",
    protects: 'entries, from being backdated',
    at: [
      'extension/access-log/proof/entry-order#checkOrder',
      'extension/access-log/proof/list-page#checkListPage',
      'server/audit/verify/verify-times#createTimeCheck',
    ],
    mutants: [
      {
        ...entryOrder,
        find: 'place.count <= before.count',
        replace: 'place.count < 0',
        title: 'F73.* old number below newer ones',
      },
      {
        ...entryOrder,
        find: 'if (!(place.recorded >= (newest?.recorded ?? Number.NEGATIVE_INFINITY) - clockSlack))',
        replace: 'if (Number.isNaN(place.recorded))',
        title: 'F73 .* an entry that was backdated',
      },
      {
        ...verifyTimes,
        find: 'if (!(recordedAt >= newest - SLACK))',
        replace: 'if (Number.isNaN(recordedAt))',
        title: 'F73.* follow its order',
      },
      {
        ...verifyTimes,
        find: 'if (entry.acceptsClock) newest = recordedAt',
        replace: 'newest = recordedAt',
        title: 'F73 .* may go back',
      },
      {
        file: 'extension/access-log/proof/list-page.ts',
        test: 'tests/integration/extension/erased-log.test.ts',
        find: 'listing.known.places.map((place) =>',
        replace: 'known.places.map((place) =>',
        title: 'F73 the date of an erasure',
      },
    ],
  },
  {
    rule: 'Entries that were shown keep their places, and are listed again',
    protects: 'entries, from being replaced',
    at: [
      'extension/access-log/proof/entry-counts#hasVanished',
      'extension/access-log/proof/list-page#checkListPage',
    ],
    mutants: [
      { ...listPage, find: ' ...remembered,', replace: '', title: 'F73.* appended before the last look' },
      {
        ...entryCounts,
        find: "  if (last && hasVanished({ ...shown, top })) return { reason: 'gap', event: sorted[0]?.event }\n",
        replace: '',
        title: 'F73 .* the newest entry,',
      },
      {
        ...knownPlacesTest,
        file: 'extension/access-log/proof/list-page.ts',
        find: 'const newBeginning = isWhole && last ?',
        replace: 'const newBeginning = isWhole ?',
        title: 'F73 .* ends when the',
      },
    ],
  },
  {
    rule: 'A complete list contains only entries about its person',
    protects: 'entries, from being left out',
    at: ['extension/access-log/proof/list-page#isAbout'],
    mutants: [
      {
        ...listPage,
        find: "if (foreign) return { reason: 'other-patient', event: foreign }",
        replace: '',
        title: 'F73.* another patient',
      },
    ],
  },
  {
    rule: 'An entry larger than any honest one is altered, and nothing of it is hashed',
    protects: 'memory; alarms over other logs',
    at: ['extension/access-log/proof/log-leaf#leafOf', 'extension/access-log/proof/log-leaf#redact'],
    mutants: [
      {
        ...logLeaf,
        find: ' || text.length > entryLimits.characters',
        replace: '',
        title: 'F75 .* none beyond .* its length',
      },
      {
        ...logLeaf,
        find: 'texts.length > entryLimits.personalTexts',
        replace: 'false',
        title: 'F75 .* none beyond .* number',
      },
      {
        ...logLeaf,
        find: ' || texts.some(({ path }) => path.length > entryLimits.path)',
        replace: '',
        title: 'F75 .* none beyond .* path',
      },
      {
        ...logLeaf,
        find: '  for (const { text, path } of texts)\n',
        replace:
          '  await Promise.all(texts.map(({ text }) => sha256(encoder.encode(text))))\n  for (const { text, path } of texts)\n',
        title: 'F75 .* one hash after',
      },
      {
        file: 'extension/access-log/proof/log-leaf.ts',
        test: 'tests/unit/audit/entry-limits.test.ts',
        find: 'characters: 65_536, personalTexts: 512, path: 256',
        replace: 'characters: 16_384, personalTexts: 512, path: 256',
        title: 'F75 .* as many details as fit',
      },
      {
        file: 'extension/access-log/proof/log-leaf.ts',
        test: 'tests/unit/extension/entry-texts.test.ts',
        find: "    const text = new TextEncoder().encode(canonicalJson(event) ?? '')\n    digests.set(event, toBase64Url(await sha256(text)))\n",
        replace:
          "    const text = new TextEncoder().encode(canonicalJson(event) ?? '')\n    void sha256(text).then((digest) => digests.set(event, toBase64Url(digest)))\n",
        title: 'F75',
      },
    ],
  },
  {
    rule: 'A value that only looks erased does not count as erased',
    protects: 'entries, from being left out',
    at: ['extension/access-log/proof/list-page#isAbout'],
    mutants: [
      {
        ...listPage,
        find: '!proof.salt && isErasedValue',
        replace: 'isErasedValue',
        title: 'F73.* only looks erased',
      },
    ],
  },
  {
    rule: 'No entry waits longer than ten minutes for its proof, or vanishes',
    protects: 'people, from unlogged entries',
    at: [
      'extension/access-log/proof/check-log#provePending',
      'extension/access-log/proof/waiting-entries#dueAfter',
      'extension/access-log/proof/waiting-entries#findOverdue',
    ],
    mutants: [
      {
        ...waitingEntries,
        find: '!proofs.has(id) && now - (since.get(id) ?? now) >= patience',
        replace: 'id === id && now < 0',
        title: 'F73.* longer than a log may take',
      },
      {
        ...waitingEntries,
        find: 'last || recorded > oldest + clockSlack',
        replace: 'recorded < 0',
        title: 'F73.* vanished',
      },
      {
        file: 'extension/access-log/proof/check-log.ts',
        test: 'tests/unit/extension/list-page.test.ts',
        find: ' && recordedAt(event) <= now + patience)',
        replace: ')',
        title: 'F73 .* an unproven entry',
      },
    ],
  },
  {
    rule: 'An id that waits stands for one text, and two are both shown',
    protects: 'people, from swapped accesses',
    at: [
      'extension/access-log/proof/list-page#checkListPage',
      'extension/access-log/proof/waiting-entries#findOtherText',
      'extension/who-read/access-words#entryKeyOf',
    ],
    mutants: [
      {
        ...waitingEntriesByTwoTexts,
        find: 'if (!proof) earlier.set(',
        replace: 'if (!proof && before.length < 0) earlier.set(',
        title: 'J51 .* listed twice with different texts',
      },
      {
        ...listPageByTwoTexts,
        find: "  if (other) return { reason: 'altered', event: other }\n",
        replace: '',
        title: 'J51 .* a later look shows another text',
      },
      {
        ...waitingEntriesByTwoTexts,
        find: 'if (proof && !proof.salt) return false',
        replace: '',
        title: 'J51 .* may be erased',
      },
      {
        ...waitingEntriesByTwoTexts,
        find: 'if (proof && !proof.salt) return false',
        replace: 'if (proof) return false',
        title: 'J51 .* the next page proves another text',
      },
      {
        file: 'extension/who-read/access-words.ts',
        test: 'tests/unit/extension/merged-log.test.ts',
        find: 'JSON.stringify(shown)',
        replace: 'shown.id',
        title: 'J51 show two texts',
      },
    ],
  },
  {
    rule: 'At most 200 entries wait, each once, until its own text is proven',
    protects: 'people, from swapped accesses',
    at: [
      'extension/access-log/watch/known-log#waitingAfter',
      'extension/access-log/watch/known-log#withListed',
      'extension/access-log/proof/list-page#checkListPage',
    ],
    mutants: [
      {
        ...knownLog,
        find: '(texts.get(id) ?? text) === text',
        replace: 'text !== undefined',
        title: 'J51 .* after two looks at once',
      },
      {
        ...knownLog,
        find: 'after.slice(0, Math.max(mostWaiting, waiting.length))',
        replace: 'after.slice(-mostWaiting)',
        title: 'J51 .* at most 200',
      },
      {
        ...listPageByTwoTexts,
        find: '(isWhole ? allNames : waiting).size > mostWaiting',
        replace: 'waiting.size > mostWaiting',
        title: 'J51 .* at most 200',
      },
      {
        ...knownLog,
        find: 'return { ...before, waiting: waitingAfter(before, listed) }',
        replace: 'return before',
        title: 'J51 .* only entries that wait, although',
      },
      {
        ...listPageByTwoTexts,
        find: 'shown.waiting.map((entry) => [entry.text, entry])',
        replace: 'shown.waiting.map((entry, at) => [String(at), entry])',
        title: 'J51 .* excuses one number',
      },
    ],
  },
  {
    rule: 'A new beginning is read from its top, and forgets no access',
    protects: 'accesses since an erasure',
    at: [
      'extension/access-log/watch/known-log',
      'extension/access-log/watch/find-new#newOn',
      'extension/access-log/watch/find-new#withFresh',
    ],
    mutants: [
      {
        ...knownLogByKnownLog,
        find: '        resume: undefined,\n      }\n    : { alarms',
        replace: '      }\n    : { alarms',
        title: 'J51 .* is read again from the top after an alarm',
      },
      {
        ...knownLogByKnownLog,
        find: '    readThrough: 0,\n',
        replace: '    readThrough: undefined,\n',
        title: 'passes no access since a new beginning',
      },
      {
        ...knownLogByKnownLog,
        find: '[...listed.places, ...known.places]',
        replace: '[...known.places, ...listed.places]',
        title: 'passes no access since a new beginning',
      },
      {
        ...knownLogByKnownLog,
        find: 'known === before || page.isFirst',
        replace: 'true || page.isFirst',
        title: 'passes no access since a new beginning',
      },
      {
        ...knownLogByKnownLog,
        find: '    alarmedUpTo: undefined,\n    // Entries',
        replace: '    // Entries',
        title: 'passes no access since a new beginning',
      },
      {
        ...knownLogByKnownLog,
        find: 'seen: { ...known.seen, through: 0, size',
        replace: 'seen: { ...known.seen, through: undefined, size',
        title: 'J51 .* passes no access since',
      },
      {
        ...knownLogByKnownLog,
        find: 'at >= beginning.recorded - clockSlack)',
        replace: 'at < beginning.recorded - clockSlack)',
        title: 'J51 .* passes no access since',
      },
      {
        ...knownLogByKnownLog,
        find: 'fresh.length < known.fresh.length ? readAt : known.moreSince',
        replace: 'known.moreSince',
        title: 'passes no access since a new beginning',
      },
      {
        ...knownLogByKnownLog,
        find: 'if (mayBeginAnew(page)) return { ...before, waiting',
        replace: 'if (page.isSpent && false) return { ...before, waiting',
        title: 'J51 .* is not moved by pages',
      },
      {
        ...newAccesses,
        find: 'const isNewByNumber = isUnseen(known, { id, at, number, text })',
        replace:
          'const isNewByNumber = isUnseen(known, { id, at, number: isAnew ? undefined : number, text })',
        title: 'J53 a page that may be',
      },
      {
        ...newAccesses,
        find: "proof.outcome === 'proven' && known.alarms.length === 0 && !beginsAnew(page, known)",
        replace: "proof.outcome === 'proven' && known.alarms.length === 0",
        title: 'J53 a page that may be',
      },
    ],
  },
  {
    rule: 'A number that is passed over, or known and not listed, is missing',
    protects: 'entries, from vanishing',
    at: ['extension/access-log/proof/entry-counts#checkCounts'],
    mutants: [
      {
        ...entryCounts,
        find: '(last || oldest < due ? number : [])',
        replace: '(last ? number : [])',
        title: 'raises an alarm if an entry is missing, however long',
      },
      {
        ...entryCounts,
        find: ' || number > highest) continue',
        replace: ') continue',
        title: 'J51 may have a newer entry',
      },
      {
        ...entryCounts,
        find: 'Math.max(top, shown.isAnew ? 0 : shown.known[0])',
        replace: 'top',
        title: 'J51 may have a newer entry',
      },
    ],
  },
  {
    rule: 'A list comes down to every entry that waited or was known',
    protects: 'entries, from vanishing',
    at: ['extension/access-log/watch/known-log'],
    mutants: [
      {
        ...knownLogByKnownLogInIntegration,
        find: 'endsWithoutKnown(page) && listed?.shown && hasPassedKnown(listed.shown)',
        replace: 'false',
        title: 'J51 .* repeats one page without end$',
      },
      {
        ...knownPlacesTest,
        file: 'extension/access-log/watch/known-log.ts',
        find: 'page.isSpent && !page.why && mayBeginAnew(page)',
        replace: 'page.isLast && !page.why && mayBeginAnew(page)',
        title: 'F73 .* ends when the person was erased',
      },
      {
        ...knownLogByHostileLog,
        find: 'shown.missing.length > 0 || shown.due.length > 0) return false',
        replace: 'shown.missing.length > 0) return false',
        title: 'J51 .* a page ends just below it',
      },
      {
        ...knownLogByKnownLog,
        find: 'Math.max(readThrough, 1)',
        replace: 'readThrough + 1',
        title: 'J51 .* reaches up to the top of a list',
      },
      {
        ...knownLogByKnownLogInIntegration,
        find: '  if (!isDownTo(page, newestOf(read))) return false\n',
        replace: '',
        title: 'J53.* below the newest one that was seen',
      },
    ],
  },
  {
    rule: 'A list that repeats itself fails after three looks',
    protects: 'entries, from an endless list',
    at: [
      'extension/access-log/watch/known-log#isProofWithheld',
      'extension/access-log/watch/known-log#isRepeating',
    ],
    mutants: [
      {
        ...knownLogByKnownLog,
        find: 'isRepeating(read, page) || ',
        replace: '',
        title: 'J51 fails after three looks',
      },
      { ...knownLogByKnownLog, find: 'spent.below ?? ', replace: '', title: 'J51 fails after three looks' },
      {
        ...knownLogByHostileLog,
        find: 'Math.max(spent.entries, spent.pages) - moved',
        replace: 'Math.max(spent.entries, spent.pages) - 0 * moved',
        title: 'J59 entries that the log',
      },
    ],
  },
  {
    rule: 'A waiting entry excuses one number, above all that was known',
    protects: 'entries, from vanishing',
    at: ['extension/access-log/proof/entry-counts#mayBeWaiting'],
    mutants: [
      {
        ...entryCounts,
        find: 'isAnew === true || number > known[0]',
        replace: 'true',
        title: 'J51 .* leaves it open once',
      },
      {
        ...entryCounts,
        find: '      if (isFree) entries.shift()\n',
        replace: '',
        title: 'J51 .* leaves it open once',
      },
      {
        ...entryCounts,
        find: '(entries[0] ?? number) < number',
        replace: 'entries.length > 0',
        title: 'J51 .* because it lies below a proven one',
      },
      {
        ...entryCounts,
        find: 'open.length - mayBeWaiting(open, shown).length <= mostMissing',
        replace: 'open.length - shown.waiting.length <= mostMissing',
        title: 'J51 .* passes over no more numbers',
      },
    ],
  },
  {
    rule: 'A list is complete only when read down to what was known, without gaps',
    protects: 'people, from false peace',
    at: ['extension/access-log/watch/known-log#verdictOf'],
    mutants: [
      {
        ...knownLogByKnownLog,
        find: 'range.from <= lowestToShow(readThrough) ?',
        replace: 'range.from > 0 ?',
        title: 'J51 .* stays where it was until',
      },
      {
        ...knownLogByKnownLog,
        find: 'if (!range || shown.isUnsure) return {}',
        replace: 'if (!range) return {}',
        title: 'J51 .* while waiting entries leave',
      },
      {
        ...knownLogByKnownLog,
        find: "listed?.shown?.isUnsure ? 'open' : 'unread'",
        replace: "'unread'",
        title: 'J51 stays, and the list is not complete',
      },
      {
        ...knownLogByKnownLog,
        find: 'const isWhole = isReached && ',
        replace: 'const isWhole = ',
        title: 'J51 of a page below',
      },
      {
        ...knownLogByKnownLog,
        find: ' && !shown.isUnsure\n',
        replace: '\n',
        title: 'J51 stays, and the list is not complete',
      },
    ],
  },
  {
    rule: 'A trusted number, never a date, says that an entry is new or old',
    protects: 'backdated accesses',
    at: ['extension/access-log/watch/known-log#withLowestNew', 'extension/access-log/watch/find-new'],
    mutants: [
      {
        ...newAccesses,
        find: 'seen.through !== undefined && entry.number !== undefined',
        replace: 'seen.through !== undefined && entry.number !== entry.number',
        title: 'J53',
      },
      {
        ...unannouncedAccessesTest,
        file: 'extension/access-log/watch/known-log.ts',
        find: ' || (size !== undefined && index >= size)',
        replace: '',
        title: 'J53 an access from before the sign-in',
      },
      {
        ...knownLogByHiddenAccesses,
        find: 'recorded > seen.since ||',
        replace: 'recorded > seen.upTo ||',
        title: 'J53 an access of about the first visit',
      },
      {
        ...knownLogByHiddenAccesses,
        find: 'seen: withLowestNew(known.seen, listed, page),',
        replace: '',
        title: 'J53',
      },
      {
        ...newAccesses,
        find: 'number: isNewByNumber && !isAnew ? number : undefined',
        replace: 'number: isAnew ? undefined : number',
        title: 'J53 numbers on a page that fails',
      },
      {
        ...newAccesses,
        find: "isAnew || proof.outcome === 'alarm'",
        replace: 'false',
        title: 'J53 numbers on a page',
      },
      {
        ...newAccesses,
        find: "proof.outcome === 'proven' && known.alarms.length === 0 && !beginsAnew(page, known)",
        replace: "proof.outcome === 'proven' && !beginsAnew(page, known)",
        title: 'J53 while an alarm stands',
      },
      { ...newAccesses, find: 'number: number ?? entry.number', replace: 'number', title: 'J59' },
    ],
  },
  {
    rule: 'The mark passes nothing unread, and drops only what was read since',
    protects: 'missed accesses',
    at: ['extension/access-log/watch/find-new'],
    mutants: [
      {
        ...newAccesses,
        find: 'Math.min(report.through ?? 0, readThrough ?? 0, lowestUnseen - 1)',
        replace: 'Math.min(report.through ?? 0, lowestUnseen - 1)',
        title: 'never reaches past now',
      },
      {
        ...newAccesses,
        find: 'number === undefined && since < readAt',
        replace: 'number === undefined',
        title: 'an access that a log without proofs no longer lists',
      },
      {
        file: 'extension/access-log/watch/find-new.ts',
        test: 'tests/long/extension/hostile-log.test.ts',
        find: 'isAll && readAt >= moreSince',
        replace: 'isAll',
        title: 'J50 a report about an older list',
      },
      {
        ...hiddenAccessesTest,
        file: 'extension/access-log/watch/find-new.ts',
        find: 'places.length === 0 && number === undefined && since < readAt',
        replace: 'number === undefined && since < readAt',
        title: 'stays announced under a grant for a part',
      },
      {
        ...unannouncedAccessesTest,
        file: 'extension/access-log/watch/find-new.ts',
        find: 'const mostSeen = 2000',
        replace: 'const mostSeen = 500',
        title: 'J52 accesses that were on screen',
      },
    ],
  },
  {
    rule: 'A grant that narrows a complete log raises an alarm, and says so',
    protects: 'people, from losing the log',
    at: [
      'extension/access-log/watch/known-log#isNarrowed',
      'extension/access-log/watch/log-watch#findWatched',
      'extension/access-log/watch/next-looks#coversLog',
    ],
    mutants: [
      {
        ...narrowedLogTest,
        file: 'extension/access-log/watch/log-watch.ts',
        find: 'known && { ...known, completeness: lost(known) }',
        replace: 'known',
        title: 'J52 .*no log at all.*renewed',
      },
      {
        ...narrowedLogTest,
        file: 'extension/background/badge.ts',
        find: 'forked.length + narrowed.length',
        replace: 'forked.length',
        title: 'J52 .*no log at all.*renewed',
      },
      {
        ...knownLogByKnownLog,
        find: "why === 'scope' ? lost(before) : ",
        replace: '',
        title: 'J52 is raised by a list',
      },
      {
        ...nextLooks,
        find: "patient !== undefined && readsAll(scope, 'AuditEvent')",
        replace: 'patient !== undefined && scope !== undefined',
        title: 'J52 a list under.*type=rest',
      },
      {
        ...knownLogByHiddenAccesses,
        find: ' || (!isRead && newAccessesOf(known) !== undefined)',
        replace: '',
        title: 'if the log was never complete',
      },
      {
        ...hiddenAccessesTest,
        file: 'extension/background/announced-accesses.ts',
        find: '.filter((connection) => isRead(connection) !== false)',
        replace: '',
        title: 'J52 a grant without the log',
      },
    ],
  },
  {
    rule: 'A proven log without proofs at three looks is an alarm',
    protects: 'proofs',
    at: ['extension/access-log/watch/known-log#failuresAfter'],
    mutants: [
      {
        ...knownLogByNarrowedLog,
        find: 'return isWithheld && !isOwn ? failures + 1 : failures',
        replace: 'return failures',
        title: 'J59 .*with 404 is an alarm',
      },
      {
        ...knownLogByNarrowedLog,
        find: "if (proof.outcome === 'proven' && (isReached || !page.isWatched)) return 0\n",
        replace: '',
        title: 'J59 .*one after the other',
      },
      {
        ...knownLogByNarrowedLog,
        find: 'page.isCut || since === undefined) return failures',
        replace: 'page.isCut) return failures',
        title: 'J59 .*never was proven',
      },
      {
        ...knownLogByKnownLog,
        find: 'isWithheld && !isOwn ? failures + 1',
        replace: 'isWithheld || isOwn ? failures + 1',
        title: 'J59 is not raised',
      },
    ],
  },
  {
    rule: 'An alarm stays until its list is proven down to what was known',
    protects: 'an alarm',
    at: ['extension/access-log/watch/known-log'],
    mutants: [
      {
        ...knownLogByNarrowedLog,
        find: "proof.outcome === 'complete' || proof.outcome === 'genuine'",
        replace: "proof.outcome !== 'alarm' && proof.outcome !== 'unchecked'",
        title: 'J52 .* offers no proofs any more',
      },
      {
        ...knownLogByKnownLog,
        find: 'alarms.length >= mostAlarms ? alarms : ',
        replace: '',
        title: 'F73 .* stays if more pages',
      },
      {
        ...knownLogByKnownLog,
        find: '[...new Set([...alarms, alarmOf(page)])]',
        replace: '[alarmOf(page)]',
        title: 'F73 .* of one page',
      },
      {
        ...knownLogByKnownLog,
        find: "name !== '' || isReached || (!shown && !isWatched)",
        replace: 'name !== undefined',
        title: 'J51 of a list that was not read further',
      },
      {
        ...knownLogByKnownLog,
        find: ' && !isCut && !hasOpenNumbers(page)\n',
        replace: ' && !isCut\n',
        title: 'F73 .* below one that failed',
      },
      {
        ...knownLogByKnownLog,
        find: 'isDown && !isCut && ',
        replace: 'isDown && ',
        title: 'F73 .* below one that failed',
      },
      {
        ...knownLogByKnownLog,
        find: "isWatched && proof.outcome === 'alarm' && proof.reason !== 'withheld'",
        replace: 'false',
        title: 'J51 of a page below',
      },
    ],
  },
  {
    rule: 'Only a grant that covers what raised an alarm takes it back',
    protects: 'an alarm',
    at: [
      'extension/access-log/watch/known-log#alarmOf',
      'extension/access-log/watch/known-log#isOf',
      'extension/access-log/watch/look-at-log#prove',
    ],
    mutants: [
      {
        ...knownLogByKnownLog,
        find: 'page.part === undefined && alarm.startsWith',
        replace: 'alarm.startsWith',
        title: 'F73 .* stays under a grant for a part',
      },
      {
        ...nextLooks,
        find: ".filter((scope) => covers(scope, 'AuditEvent'))",
        replace: '.filter(() => false)',
        title: 'J52 .* another part',
      },
      {
        ...knownLogByKnownLog,
        find: 'part === undefined ? name : ',
        replace: 'part !== undefined ? name : ',
        title: 'F73 .* stays under a grant for a part',
      },
      {
        ...narrowedLogTest,
        file: 'extension/access-log/watch/look-at-log.ts',
        find: 'position.isCut || position.part !== part',
        replace: 'position.isCut',
        title: 'J52 a list whose first page',
      },
    ],
  },
  {
    rule: 'A list that ends below what raised an alarm raises one',
    protects: 'an alarm',
    at: ['extension/access-log/watch/known-log#verdictOf', 'extension/access-log/watch/known-log#withAlarm'],
    mutants: [
      {
        ...knownLogByNarrowedLog,
        find: ' || (isWhole && endsBelowAlarm(page, known))',
        replace: '',
        title: 'J52 .* ends below what raised it',
      },
      {
        ...knownLogByKnownLog,
        find: 'places[0]?.[0] ?? 0, ...',
        replace: '...',
        title: 'J51 of a list that was not read further',
      },
    ],
  },
  {
    rule: 'A page is compared with what was known before it was read',
    protects: 'people, from false alarms',
    at: ['extension/access-log/watch/look-at-log#prove'],
    mutants: [
      {
        file: 'extension/access-log/watch/look-at-log.ts',
        test: 'tests/integration/extension/proven-log.test.ts',
        find: 'shown: position?.shown ?? beginShown(known),',
        replace: 'shown: beginShown((await items.knownLogs.find(connectionId)) ?? known),',
        title: 'F73 raises no alarm after two',
      },
    ],
  },
  {
    rule: 'Both checkpoints of a fork are kept, and raise an alarm',
    protects: 'evidence',
    at: ['extension/access-log/watch/prove-log#check', 'extension/background/badge#badgeOf'],
    mutants: [
      {
        ...proveLog,
        find: 'if (checkpoint && otherNote !== undefined)',
        replace: 'if (checkpoint && otherNote === checkpoint.note)',
        title: 'F35 .* keeps both notes,',
      },
      {
        ...proveLog,
        find: 'if (keep) await judgeSmaller(providerId, log, keep)',
        replace: '',
        title: 'F35.*fewer entries',
      },
      {
        ...comparedLogsTest,
        file: 'extension/background/badge.ts',
        find: 'alarms.length + forked.length + narrowed.length',
        replace: 'alarms.length + narrowed.length',
        title: 'F35.*of one size',
      },
    ],
  },
  {
    rule: "Another browser's line counts only if signed and proven to continue ours",
    protects: 'people, from two logs',
    at: [
      'extension/access-log/watch/log-comparison-answers#compare',
      'extension/access-log/proof/log-continuity#findDiscontinuity',
    ],
    mutants: [
      {
        ...comparedLogsTest,
        file: 'extension/access-log/proof/log-continuity.ts',
        find: "=== 'proven' ? undefined : 'rewritten'",
        replace: "=== 'proven' ? undefined : undefined",
        title: 'F35.*cannot prove that they are one',
      },
      {
        ...logComparisonAnswers,
        find: "if (fault === 'malformed') throw new ProblemError('server-failed')",
        replace: '',
        title: 'F35 .* cannot be compared',
      },
      {
        ...logComparisonAnswers,
        find: 'if (theirs.size > ours.size)\n    await items',
        replace: 'if (theirs.size < 0) await items',
        title: 'F35 .* agrees if the',
      },
    ],
  },
]
