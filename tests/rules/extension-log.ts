import type { Rule } from '../mutation/rule.ts'

const badge = {
  file: 'extension/background/badge.ts',
  test: 'tests/unit/extension/badge.test.ts',
}
const knownLogs = {
  file: 'extension/access-log/watch/known-logs.ts',
  test: 'tests/integration/extension/full-storage.test.ts',
}
const nextLooks = {
  file: 'extension/access-log/watch/next-looks.ts',
  test: 'tests/integration/extension/named-anew.test.ts',
}
const ownEntries = {
  file: 'extension/access-log/own/own-entries.ts',
  test: 'tests/unit/extension/reconcile.test.ts',
}
const reconcile = {
  file: 'extension/access-log/own/reconcile.ts',
  test: 'tests/unit/extension/reconcile.test.ts',
}
const absentStatement = {
  file: 'extension/popup/log/merged-log.ts',
  test: 'tests/unit/extension/absent.test.ts',
}
const mergedLog = {
  file: 'extension/popup/log/merged-log.ts',
  test: 'tests/unit/extension/merged-log.test.ts',
}
const newAccesses = {
  file: 'extension/access-log/watch/find-new.ts',
  test: 'tests/integration/extension/erased-log.test.ts',
}
const knownLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/integration/extension/erased-log.test.ts',
}
const requester = {
  file: 'extension/access-log/entries/requester.ts',
  test: 'tests/unit/extension/requester.test.ts',
}
const announcedKinds = { test: 'tests/unit/extension/announced-kinds.test.ts' }
const lookAtLog = {
  file: 'extension/access-log/watch/look-at-log.ts',
  test: 'tests/integration/extension/named-anew.test.ts',
}
const newAccessesByLogWatch = {
  file: 'extension/access-log/watch/find-new.ts',
  test: 'tests/long/extension/log-watch.test.ts',
}
const newAccessesByKnownLog = {
  file: 'extension/access-log/watch/find-new.ts',
  test: 'tests/unit/extension/known-log.test.ts',
}
const foldAccesses = {
  file: 'extension/who-read/fold-accesses.ts',
  test: 'tests/unit/extension/merged-log.test.ts',
}
const lookAtLogByKnownLog = {
  file: 'extension/access-log/watch/look-at-log.ts',
  test: 'tests/long/extension/known-log.test.ts',
}
const knownLogByKnownLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/unit/extension/known-log.test.ts',
}
const logWatch = {
  file: 'extension/access-log/watch/log-watch.ts',
  test: 'tests/long/extension/known-log.test.ts',
}
const logPosition = {
  file: 'extension/access-log/own/log-position.ts',
  test: 'tests/unit/extension/log-position.test.ts',
}
const knownLogByHostileLog = {
  file: 'extension/access-log/watch/known-log.ts',
  test: 'tests/long/extension/hostile-log.test.ts',
}
const missingReads = {
  file: 'extension/access-log/watch/missing-reads.ts',
  test: 'tests/integration/extension/named-anew.test.ts',
}
const missingReadsByUnannouncedAccesses = {
  file: 'extension/access-log/watch/missing-reads.ts',
  test: 'tests/long/extension/unannounced-accesses.test.ts',
}
const ownSignIns = {
  file: 'extension/access-log/own/own-sign-ins.ts',
  test: 'tests/unit/extension/own-sign-ins.test.ts',
}
const ownRequests = {
  file: 'extension/access-log/own/own-requests.ts',
  test: 'tests/unit/extension/own-requests.test.ts',
}
const logLeaf = {
  file: 'extension/access-log/proof/log-leaf.ts',
  test: 'tests/unit/extension/check-log.test.ts',
}
const newAccessesByTwoTexts = {
  file: 'extension/access-log/watch/find-new.ts',
  test: 'tests/unit/extension/two-texts.test.ts',
}
const logWatchTest = { test: 'tests/long/extension/log-watch.test.ts' }
const erasedLogTest = { test: 'tests/integration/extension/erased-log.test.ts' }
const hiddenAccessesTest = {
  test: 'tests/long/extension/hidden-accesses.test.ts',
}
const unannouncedAccessesTest = {
  test: 'tests/long/extension/unannounced-accesses.test.ts',
}
const namedAnewTest = { test: 'tests/integration/extension/named-anew.test.ts' }
const ownSignInsTest = { test: 'tests/integration/extension/own-sign-ins.test.ts' }

const announcedAccesses = { ...namedAnewTest, file: 'extension/background/announced-accesses.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'The badge shows an alarm before new accesses, and those before minutes',
    protects: 'an alarm',
    at: ['extension/background/badge#badgeOf'],
    mutants: [
      {
        ...badge,
        find: 'isAlarmed || isNew ?',
        replace: 'isAlarmed || (isNew && !isSoon) ?',
        title: 'F78',
      },
      { ...badge, find: 'const sum = sumOf(', replace: "const sum = isAlarmed ? '' : sumOf(", title: 'F78' },
    ],
  },
  {
    rule: 'The next look is set before a request leaves, and waits for no other',
    protects: 'the watch',
    at: ['extension/access-log/watch/log-watch#lookAtLogs'],
    mutants: [
      {
        ...logWatchTest,
        file: 'extension/access-log/watch/log-watch.ts',
        find: '    await setAlarm(sessions)\n    return dueIds',
        replace: '    return dueIds',
        title: 'F74',
      },
    ],
  },
  {
    rule: 'The next look is never more than six hours away',
    protects: 'the watch',
    at: ['extension/access-log/watch/next-looks#planLooks'],
    mutants: [
      {
        ...nextLooks,
        find: 'Math.min(plans[id] ?? soon, latest)',
        replace: 'plans[id] ?? soon',
        title: 'J50 the next look',
      },
    ],
  },
  {
    rule: 'A browser says "you" only about requests that it sent itself',
    protects: 'people, from foreign reads',
    at: [
      'extension/access-log/watch/look-at-log#judge',
      'extension/access-log/own/own-entries#matchOwnEntries',
      'extension/access-log/own/reconcile#findForeign',
    ],
    mutants: [
      {
        ...ownEntries,
        find: 'if (request.servedAt !== undefined && !(distance <= patience)) continue',
        replace: '',
        title: 'F33 .* only at the time',
      },
      {
        ...ownEntries,
        find: '!isRecordAccess(event, requester) || !mayBe(',
        replace: '!mayBe(',
        title: 'F33 .* only for this person',
      },
      {
        ...ownEntries,
        test: 'tests/unit/extension/own-entries.test.ts',
        find: 'isOfData({ kind: accessKindOf(event) }) &&',
        replace: "['read', 'search'].includes(accessKindOf(event)) &&",
        title: 'F33 an access that another browser',
      },
      {
        ...ownEntries,
        test: 'tests/unit/extension/own-entries.test.ts',
        find: "  if (accessKindOf(event) === 'write') return false\n",
        replace: '',
        title: 'F33 this browser wrote nothing',
      },
      {
        file: 'extension/access-log/watch/look-at-log.ts',
        test: 'tests/long/extension/own-reads.test.ts',
        find: "person === 'you' && !isOwn ? 'unsure' : person",
        replace: 'person',
        title: 'a second browser does not say',
      },
      {
        ...reconcile,
        find: '(namesOwnRequests || requestIdOf(event) !== undefined)',
        replace: 'requestIdOf(event) !== undefined',
        title: 'is an entry without a request ID',
      },
    ],
  },
  {
    rule: 'An access by others is announced unless its kind is known to give nothing away',
    protects: 'people, from missed accesses',
    at: ['values/access-kinds#givesAway', 'extension/access-log/watch/look-at-log#judge'],
    mutants: [
      {
        ...announcedKinds,
        file: 'values/access-kinds.ts',
        find: '!quietKinds.has(kind)',
        replace: "['read', 'search', 'write', 'other'].includes(kind)",
        title: 'unless its kind gives nothing away: export',
      },
      {
        ...announcedKinds,
        file: 'values/access-kinds.ts',
        find: "'import', 'refusals'] as const),\n])",
        replace: "'import', 'refusals', 'other'] as const),\n])",
        title: 'of an unknown kind',
      },
    ],
  },
  {
    rule: 'An erasure is announced until its own line was on screen',
    protects: 'people, from missed accesses',
    at: [
      'extension/access-log/watch/look-at-log#judge',
      'extension/access-log/watch/find-new',
      'extension/access-log/entries/requester#byWhom',
    ],
    mutants: [
      {
        ...mergedLog,
        find: "by === 'others' && kind !== 'erasure'",
        replace: "by === 'others'",
        title: 'J53 J54 new sign-ins',
      },
      {
        ...erasedLogTest,
        file: 'extension/access-log/watch/look-at-log.ts',
        find: 'isOfOthers || isSignIn || isErasure',
        replace: 'isOfOthers || isSignIn',
        title: 'in place of an alarm',
      },
      {
        ...newAccesses,
        find: 'isNewByNumber || isLater || ',
        replace: 'isNewByNumber || ',
        title: 'is marked in the list that first shows it',
      },
      {
        ...erasedLogTest,
        file: 'extension/access-log/entries/requester.ts',
        find: " || entry.kind === 'erasure'",
        replace: '',
        title: 'whatever it says of its date and of who did it',
      },
      {
        ...badge,
        find: "each.erasures ? say('badge_erased', each.organization) : []",
        replace: '[]',
        title: 'J53',
      },
      {
        ...newAccesses,
        find: 'return count + erasures > 0',
        replace: 'return count > 0',
        title: 'whatever it says of its date and of who did it',
      },
      {
        ...newAccesses,
        find: 'entry.isErasure || isUnseen(after, entry)',
        replace: 'isUnseen(after, entry)',
        title: 'under a grant for a part of the log',
      },
    ],
  },
  {
    rule: 'Of a time before a known erasure, nothing is called complete or unread',
    protects: 'people, from false peace',
    at: [
      'extension/access-log/watch/known-log',
      'extension/popup/log/merged-log#knownSince',
      'extension/who-read/log-proof#Proven',
    ],
    mutants: [
      {
        ...mergedLog,
        find: ' || verdict.erasure) return',
        replace: ') return',
        title: 'J51 are all there are',
      },
      {
        file: 'extension/who-read/log-proof.tsx',
        test: 'tests/unit/extension/log-proof-line.test.ts',
        find: ': verdict.erasure\n',
        replace: ': false as boolean && verdict.erasure\n',
        title: 'J51 says that earlier entries were erased',
      },
      {
        ...knownLog,
        find: ' && !(beginning && isFromBefore(known, beginning))',
        replace: '',
        title: 'says that earlier entries were erased',
      },
      {
        ...knownLog,
        find: 'listed?.newBeginning !== undefined || oldest',
        replace: 'oldest',
        title: 'clock of the organization is ahead',
      },
      {
        ...knownLog,
        find: 'oldest < beginning.since + clockSlack',
        replace: 'oldest <= beginning.recorded',
        title: 'also if its pages end above the erasure',
      },
      {
        ...knownLog,
        find: ', ...erasureIn(page, known) }',
        replace: ' }',
        title: 'J51 a list that reaches back',
      },
    ],
  },
  {
    rule: 'The same number of entries is shown of each organization',
    protects: 'entries, from being crowded out',
    at: ['extension/popup/log/merged-log#mergeLogs'],
    mutants: [
      {
        ...mergedLog,
        find: 'const rows = all.slice(0, most(log.connection.id))',
        replace: 'const rows = all.slice(0, logs.length * most(log.connection.id))',
        title: 'F71 are each shown, however many',
      },
    ],
  },
  {
    rule: "An access is a person's own only by their identifiers",
    protects: 'people, from foreign reads',
    at: ['extension/access-log/watch/look-at-log#judge', 'extension/access-log/entries/requester#byWhom'],
    mutants: [
      { ...requester, find: 'if (isRefusedSignIn || ', replace: 'if (', title: 'a refused sign-in' },
      {
        ...requester,
        find: 'people.every(',
        replace: 'people.some(',
        title: 'another person requested it too',
      },
      {
        ...requester,
        find: '(system === undefined || system === issuer)',
        replace: "(system === undefined || system !== '')",
        title: 'a number of another system',
      },
      {
        ...requester,
        find: 'if (fhirUser !== undefined && typeAndId(ownReference) !== typeAndId(fhirUser)) return false',
        replace: '',
        title: 'a number that is the subject',
      },
      {
        ...lookAtLog,
        find: 'own, others, requester: reader, before',
        replace: 'own, others, requester, before',
        title: 'F33 a doctor’s own reads',
      },
    ],
  },
  {
    rule: 'An access counts as new, and stands first, until its own line was on screen',
    protects: 'people, from missed accesses',
    at: [
      'extension/access-log/watch/find-new#markSeen',
      'extension/popup/log/merged-log#newAccessesIn',
      'extension/popup/log/use-seen#keysOf',
    ],
    mutants: [
      {
        ...mergedLog,
        find: 'all: pages.some(({ isRead }) => isRead === true),',
        replace: 'all: true,',
        title: 'F71 count as seen only when',
      },
      {
        ...newAccessesByLogWatch,
        find: '!wasOnScreen(all, entry) && !isGone(entry)',
        replace: 'all.length === 0 && !isGone(entry)',
        title: 'F71.*until each has been on screen',
      },
      {
        ...newAccessesByKnownLog,
        find: 'Math.min(report.through ?? 0, readThrough ?? 0, lowestUnseen - 1)',
        replace: 'Math.min(report.through ?? 0, readThrough ?? 0)',
        title: 'F71',
      },
      {
        ...newAccessesByLogWatch,
        find: 'const before = known.fresh\n',
        replace: 'const before = known.fresh\n    .slice(0, 0)\n',
        title: 'F71.*later entries push them off',
      },
      {
        ...logWatchTest,
        file: 'extension/storage/items.ts',
        find: "'knownLogs', ['connection', 'log'])",
        replace: "'knownLogs', ['grant', 'connection', 'log'])",
        title: 'F71.*another sign-in',
      },
      {
        ...mergedLog,
        find: 'Number(b.entry.isNew) - Number(a.entry.isNew) || b.at',
        replace: 'b.at',
        title: 'F71 show new',
      },
      {
        file: 'extension/popup/log/use-seen.ts',
        test: 'tests/unit/extension/merged-log.test.ts',
        find: '[row, ...row.folded].map(keyOf)',
        replace: '[row].map(keyOf)',
        title: 'are all seen with their line',
      },
    ],
  },
  {
    rule: 'A line combines only successful accesses of one identified person, within minutes',
    protects: 'a refused or foreign access',
    at: [
      'extension/access-log/entries/requester#agentKeysOf',
      'extension/who-read/fold-accesses#foldAccesses',
    ],
    mutants: [
      {
        ...requester,
        find: 'if (!isIdentified || requesting',
        replace: 'if (requesting',
        title: 'is absent if the requester',
      },
      {
        ...foldAccesses,
        find: 'Math.max(...times) - Math.min(...times) <= longestLine',
        replace: 'true',
        title: 'at most five minutes',
      },
      {
        ...foldAccesses,
        test: 'tests/unit/extension/log-table.test.ts',
        find: 'Math.max(...times) - Math.min(...times)',
        replace: 'line[0].at - at',
        title: 'the reads of two days',
      },
      {
        ...foldAccesses,
        find: "entry.outcome === 'success' && technicalKinds",
        replace: 'technicalKinds',
        title: 'that is refused',
      },
      {
        ...foldAccesses,
        find: ' && !isForeign && !isDatedAhead && at > 0',
        replace: ' && at > 0',
        title: 'was not from this browser',
      },
      {
        file: 'extension/who-read/fold-accesses.ts',
        test: 'tests/unit/extension/log-table.test.ts',
        find: 'patients.size <= 1',
        replace: 'patients.size >= 0',
        title: 'the reads of two patients',
      },
    ],
  },
  {
    rule: 'A line of the log has at most 100 entries, and the text of each is read once',
    protects: 'the other organizations on the page',
    at: ['extension/who-read/fold-accesses#foldAccesses', 'extension/who-read/access-words#entryKeyOf'],
    mutants: [
      {
        ...foldAccesses,
        find: 'line.length < mostInLine &&',
        replace: '',
        title: 'makes thousands',
      },
      {
        ...foldAccesses,
        file: 'extension/who-read/access-words.ts',
        find: 'if (known !== undefined) return known\n',
        replace: '',
        title: 'makes thousands',
      },
      {
        ...foldAccesses,
        file: 'extension/who-read/access-words.ts',
        find: 'keysByText.get(text) ?? String(keysByText.size)',
        replace: 'text',
        title: 'makes thousands',
      },
    ],
  },
  {
    rule: 'An entry dated in the future counts as from now',
    protects: 'later accesses',
    at: ['extension/access-log/watch/find-new#markSeen', 'extension/popup/log/merged-log#rowsOf'],
    mutants: [
      {
        ...mergedLog,
        find: 'at: Math.min(Date.parse(entry.recorded) || 0, now),',
        replace: 'at: Date.parse(entry.recorded) || 0,',
        title: 'F71 are each shown beside one that dates',
      },
      {
        ...newAccessesByKnownLog,
        find: "Math.min(Date.parse(report.upTo ?? '') || 0, now, ",
        replace: "Math.min(Date.parse(report.upTo ?? '') || 0, ",
        title: 'never reaches past now',
      },
    ],
  },
  {
    rule: 'Who read last, and that nobody else did, is said only of complete logs that have just been read',
    protects: 'people, from false peace',
    at: ['extension/popup/log/merged-log#knownSince'],
    mutants: [
      {
        ...mergedLog,
        find: "verdict?.outcome !== 'complete' ||",
        replace:
          "verdict?.outcome !== 'complete' && verdict?.outcome !== 'genuine') return undefined\n  if ('erasure' in verdict &&",
        title: 'J51 are all there are',
      },
      {
        ...mergedLog,
        find: '|| problem || !isCurrent(log)',
        replace: '|| !isCurrent(log)',
        title: 'J51 are all there are',
      },
      {
        ...mergedLog,
        find: 'pending || problem || !isCurrent(log)',
        replace: 'problem || !isCurrent(log)',
        title: 'are known since the latest',
      },
      {
        ...absentStatement,
        find: 'entries.some((entry) => entry.erased || isAhead(entry, now))',
        replace: 'entries.length === 0',
        title: 'no entry was erased or is dated ahead',
      },
    ],
  },
  {
    rule: 'What is said of a log as so now was read minutes ago, and ends once the worker announces what the page does not show',
    protects: 'people with a page that stays open, from false peace',
    at: ['extension/popup/log/merged-log#isCurrent', 'extension/popup/log/log-verdicts#Verdict'],
    mutants: [
      {
        ...absentStatement,
        find: 'Math.abs(Date.now() - newest.readAt) < longestCurrent &&',
        replace: '',
        title: 'read more than minutes ago',
      },
      {
        ...absentStatement,
        find: 'Math.abs(Date.now() - newest.readAt)',
        replace: 'Date.now() - newest.readAt',
        title: 'by a clock that may be set',
      },
      {
        ...absentStatement,
        find: " && verdictOf(log.pages)?.outcome === 'complete'",
        replace: '',
        title: 'yet to judge',
      },
      {
        ...absentStatement,
        find: '|| overtaken.has(newest)',
        replace: '',
        title: 'because another page showed it',
      },
      {
        ...absentStatement,
        find: 'more, logAlarm, logForked, readsMissing, ',
        replace: '',
        title: 'announces an alarm',
      },
      {
        ...absentStatement,
        find: ' > shown].',
        replace: ' < 0].',
        title: 'announces a new access',
      },
      {
        ...absentStatement,
        find: ' > shown].',
        replace: ' > 0].',
        title: 'what the page itself shows',
      },
      {
        ...absentStatement,
        file: 'extension/popup/log/log-verdicts.tsx',
        find: 'isCurrent(log) &&\n',
        replace: '',
        title: 'read more than minutes ago',
      },
    ],
  },
  {
    rule: 'What is said of several logs reaches back only as far as each of them does',
    protects: 'people, from a longer log of one organization that speaks for another',
    at: ['extension/popup/log/merged-log#allKnownSince', 'extension/popup/log/log-statement#lastLines'],
    mutants: [
      {
        ...mergedLog,
        find: 'Math.max(...times)',
        replace: 'Math.min(...times)',
        title: 'are known since the latest',
      },
      {
        ...mergedLog,
        find: '?? Number.POSITIVE_INFINITY',
        replace: '?? 0',
        title: 'are known since the latest',
      },
      {
        ...absentStatement,
        file: 'extension/popup/log/log-statement.tsx',
        find: ' && named.every(({ readAt }) => readAt >= since)',
        replace: '',
        title: 'which may be later than',
      },
      {
        ...absentStatement,
        file: 'extension/popup/log/log-statement.tsx',
        find: 'allKnownSince(logs, everywhere)',
        replace: 'allKnownSince(logs, logs.map(({ connection }) => connection))',
        title: 'only with all logs of the person',
      },
    ],
  },
  {
    rule: 'A look reads down to what was read before, or later goes on',
    protects: 'people, from missed accesses',
    at: [
      'extension/access-log/watch/known-log#resumeAfter',
      'extension/access-log/own/log-position#isTooMuch',
      'extension/access-log/watch/log-watch#readDown',
    ],
    mutants: [
      {
        ...lookAtLogByKnownLog,
        find: 'const isOwed = page.isWatched && !read.isReached',
        replace: 'const isOwed = page.isWatched && isSpent && !read.isReached',
        title: 'J50 at an organization that offers no proofs.*although 60 own',
      },
      {
        ...lookAtLogByKnownLog,
        find: '!(read.isReached && read.hasFresh)',
        replace: '!read.isReached',
        title: 'J50 at an organization whose log is proven.*although 60 own',
      },
      {
        file: 'extension/access-log/watch/log-watch.ts',
        test: 'tests/long/extension/hostile-log.test.ts',
        find: '    const { owed } = await lookAtPage(sessions, connectionId)\n    hasBegun = true\n    const next = await takeResume(connectionId)\n',
        replace:
          '    const next = await takeResume(connectionId)\n    const { owed } = next ? {} : await lookAtPage(sessions, connectionId)\n    hasBegun = true\n',
        title: 'J50 the newest entries are read first',
      },
      {
        ...knownLogByKnownLog,
        find: ' && !hasOpenNumbers(page)\n  return isPlace',
        replace: '\n  return isPlace',
        title: 'J51 .* is not read on after a page with open',
      },
      {
        ...logWatch,
        find: 'await readDown(sessions, connectionId, { next }).catch',
        replace: 'await Promise.resolve().catch',
        title: 'J51 .* is read on at the next looks',
      },
      {
        ...logWatch,
        find: '{ next }).catch((error: unknown) => error))',
        replace: '{ next }))',
        title: 'J51 .* is read again from its beginning',
      },
      {
        ...logWatchTest,
        file: 'extension/access-log/own/log-position.ts',
        find: 'pages >= mostPages',
        replace: 'pages > mostPages',
        title: 'F71.*120 pages',
      },
      { ...logPosition, find: ' || Date.now() - since > mostMilliseconds', replace: '', title: 'J50' },
      { ...logPosition, find: ' || entries >= mostEntries', replace: '', title: 'J50' },
    ],
  },
  {
    rule: 'A look that ends too early shows on the toolbar, or counts as failed',
    protects: 'people, from missed accesses',
    at: [
      'extension/access-log/watch/known-log#endsWithOpenNumbers',
      'extension/access-log/watch/log-watch#look',
      'extension/access-log/watch/find-new#newAccessesOf',
    ],
    mutants: [
      {
        ...hiddenAccessesTest,
        file: 'extension/access-log/watch/find-new.ts',
        find: 'return count + erasures > 0 || more ?',
        replace: 'return count + erasures > 0 ?',
        title: 'says so on the toolbar',
      },
      {
        ...knownLogByKnownLog,
        find: 'isWatched ? !isReached || undefined : before.isBehind',
        replace: '!isReached && isWatched ? true : undefined',
        title: 'J51 .* is behind on the toolbar',
      },
      {
        ...unannouncedAccessesTest,
        file: 'extension/access-log/watch/known-log.ts',
        find: ' || endsWithOpenNumbers(page)))',
        replace: '))',
        title: 'J51 a list that leaves a number out',
      },
      {
        ...hiddenAccessesTest,
        file: 'extension/access-log/watch/log-watch.ts',
        find: 'if (failure) throw failure',
        replace: '',
        title: 'stored place is gone',
      },
      {
        ...knownLogByHostileLog,
        find: ' || isLeftOpen(page)',
        replace: '',
        title: 'J51 a list whose next page is elsewhere',
      },
      {
        ...knownLogByHostileLog,
        find: 'known.isBehind && !ownProblems.includes(code)',
        replace: 'false',
        title: 'J51 three looks that cannot read on',
      },
    ],
  },
  {
    rule: 'What Carekey keeps of the logs of one organization has a limit in bytes',
    protects: 'accesses at other organizations, from full storage',
    at: [
      'extension/access-log/watch/known-logs#roomFor',
      'extension/access-log/watch/known-logs#withinRoom',
      'extension/access-log/own/reconcile',
    ],
    mutants: [
      {
        ...knownLogs,
        find: 'if (sizeOf(after) <= room) return after',
        replace: 'return after',
        title: 'F57',
      },
      {
        ...knownLogs,
        find: "/[^\\x20-\\x7e]|</g, '\\\\u0000'",
        replace: "/a/g, 'a'",
        title: 'F57.*some browsers',
      },
      { ...knownLogs, find: '/[^\\x20-\\x7e]|</g', replace: '/</g', title: 'F57.*other alphabets' },
      { ...knownLogs, find: ' - sizeOf(others)', replace: '', title: 'F57.*share it' },
      { ...knownLogs, find: 'mostOfAll / organizations.size', replace: 'mostOfAll', title: 'F57.*less each' },
      {
        ...knownLogs,
        find: '{ ...before, ...raised,',
        replace: '{ ...before,',
        title: 'F57.*alarms are kept',
      },
      {
        ...knownLogs,
        find: 'alarms, alarmedUpTo, failures, completeness, missingReads, lostReads }\n  return',
        replace: 'alarms, alarmedUpTo }\n  return',
        title: 'F57.*what raises an alarm',
      },
      {
        ...knownLogs,
        find: ' resume: undefined, isBehind: true }',
        replace: ' resume: undefined }',
        title: 'F57.*there may be some',
      },
      {
        ...knownLogs,
        find: 'accesses.filter(isNeeded)',
        replace: 'accesses',
        title: 'F57.*numbers say',
      },
      {
        ...knownLogs,
        find: 'isErasure || number === undefined || number > through',
        replace: 'number === undefined || number > through',
        title: 'F57.*numbers say',
      },
      {
        ...knownLogs,
        find: 'found && { ...found, resume: undefined }',
        replace: 'found',
        title: 'F57.*takes no place',
      },
      {
        ...reconcile,
        find: 'new Map([...foundBefore, ...entriesOf(ofBrowser)])',
        replace: 'new Map(entriesOf(ofBrowser))',
        title: 'F33',
      },
    ],
  },
  {
    rule: 'What a look finds is announced although storage is full',
    protects: 'people, from missed accesses',
    at: ['extension/access-log/watch/known-logs#changeKnownLog', 'extension/background/badge#badgeOf'],
    mutants: [
      {
        ...knownLogs,
        find: 'await items.unstoredLogs.put(connectionId, after)',
        replace: 'throw error',
        title: 'F71 if storage is full',
      },
      {
        ...knownLogs,
        find: 'await items.unstoredLogs.delete(connectionId)',
        replace: '',
        title: 'F71.*once there is room',
      },
      { ...knownLogs, find: 'connectionId in unstored || ', replace: '', title: 'F71.*once there is room' },
      {
        ...knownLogs,
        file: 'extension/background/badge.ts',
        find: 'unstored.length > 0 || accesses.some',
        replace: 'accesses.some',
        title: 'F71.*is counted',
      },
      {
        ...knownLogs,
        file: 'extension/background/badge.ts',
        find: "    ...unstored.map((organization) => say('badge_unstored', organization)),\n",
        replace: '',
        title: 'F71.*is counted',
      },
      {
        ...knownLogs,
        file: 'extension/background/describe-state.ts',
        find: 'findKnownLogs(),',
        replace: 'items.knownLogs.get(),',
        title: 'F71.*is counted',
      },
      {
        ...knownLogs,
        file: 'extension/access-log/watch/look-at-log.ts',
        find: '? fullStorage : undefined',
        replace: '? undefined : undefined',
        title: 'F71.*the page says',
      },
    ],
  },
  {
    rule: 'A log of the record in a grant is watched, whatever the organization says of the person then or later',
    protects: 'people, from missed accesses',
    at: [
      'extension/access-log/watch/known-logs#knownOverOthers',
      'extension/access-log/watch/next-looks#isWatched',
      'extension/access-log/watch/next-looks#ownersOf',
      'extension/auth/grant/begin-connection#withConnection',
    ],
    mutants: [
      {
        ...nextLooks,
        find: 'return patients.length > 0 ? patients :',
        replace: 'return',
        title: 'J50 a later sign-in .*with another name for the person and another role',
      },
      {
        ...nextLooks,
        find: '!launched && coversOwnLog(session)',
        replace: 'launched && coversOwnLog(session)',
        title: 'J50 whom an organization calls a clinician',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/watch/known-logs.ts',
        find: 'highest(connections.filter((each) => areOfOneRecord(each, connection)))',
        replace: 'highest(ownersOf(connection, connections))',
        title: 'J50 a later sign-in .*called a clinician',
      },
      {
        ...namedAnewTest,
        file: 'extension/auth/grant/begin-connection.ts',
        find: 'stored?.patientId === undefined && ',
        replace: '',
        title: 'J50 a later sign-in .*takes nothing back from a person who was called a clinician',
      },
      {
        ...unannouncedAccessesTest,
        file: 'extension/auth/sign-in/signed-in-person.ts',
        find: '!claims || hasPatient || ',
        replace: '!claims || ',
        title: 'J50 a patient whom the organization does not name',
      },
      {
        ...lookAtLog,
        find: 'requesterOf(owner, session)',
        replace: 'requesterOf(connection, session)',
        title: 'J50 a later sign-in .*with another name for the person and another role',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/watch/log-watch.ts',
        find: '(known = former)',
        replace: '(known)',
        title: 'J50 a later sign-in .*another name for the person says that the log is no longer whole',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/watch/known-logs.ts',
        find: '{ ...known, ...{ seen, fresh, moreSince, readThrough, readUpTo } }',
        replace: 'known',
        title: 'J50 what a doctor had on screen',
      },
      {
        ...unannouncedAccessesTest,
        file: 'extension/access-log/watch/look-at-log.ts',
        find: 'before ?? former ?? begin',
        replace: 'before ?? begin',
        title: 'J50 a later sign-in with another name',
      },
    ],
  },
  {
    rule: 'What was announced stays announced after its session, once, until it is seen or removed',
    protects: 'people, from missed accesses',
    at: [
      'extension/background/announced-accesses#announcedAccesses',
      'extension/access-log/watch/find-new#withoutKnown',
      'extension/background/describe-state#namesAnother',
      'extension/popup/provider-card#unseenOf',
    ],
    mutants: [
      {
        ...announcedAccesses,
        find: 'isRead(connection) !== false)',
        replace: 'isRead(connection))',
        title: 'J50 .* stays announced until its connection is removed',
      },
      {
        ...announcedAccesses,
        find: 'ownersOf(connection, connections)',
        replace: 'connections',
        title: 'J50 .* what only a doctor',
      },
      {
        ...announcedAccesses,
        find: 'Number(isRead(b) ?? false) - Number(isRead(a) ?? false)',
        replace: 'Number(isRead(a) ?? false) - Number(isRead(b) ?? false)',
        title: 'J50 .* counts once',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/watch/find-new.ts',
        find: '      !announced.some(({ fresh }) => fresh.some((each) => isSame(each, entry))) &&\n',
        replace: '',
        title: 'J50 .* counts once',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/watch/find-new.ts',
        find: ' &&\n      !seen.some((other) => wasOnScreen(other.seen.accesses, entry))',
        replace: '',
        title: 'J50 .* counts once',
      },
      {
        ...namedAnewTest,
        file: 'extension/background/describe-state.ts',
        find: '...(session && namesAnother(',
        replace: '...(!session && namesAnother(',
        title: 'J50 .* an organization that names another patient',
      },
      {
        ...namedAnewTest,
        file: 'extension/background/describe-state.ts',
        find: ' &&\n      !sessions.get(each.id)',
        replace: '',
        title: 'J50 .* nothing is said of another patient',
      },
      {
        ...namedAnewTest,
        file: 'extension/auth/grant/begin-connection.ts',
        find: "(['providerId', 'issuer', 'fhirBase', 'subject'] as const)",
        replace: "(['providerId', 'issuer', 'fhirBase'] as const)",
        title: 'J50 .* nothing is said of another patient',
      },
      {
        file: 'extension/popup/provider-card.tsx',
        test: 'tests/unit/extension/popup.test.ts',
        find: '{unseenOf(connection).map',
        replace: '{unseenOf({ ...connection, newAccesses: undefined } as never).map',
        title: 'what the toolbar announces',
      },
      {
        file: 'extension/popup/notices.ts',
        test: 'tests/unit/extension/notices.test.ts',
        find: '    ...otherPatients,\n',
        replace: '',
        title: 'names another patient',
      },
    ],
  },
  {
    rule: 'The toolbar announces nothing that a policy forbids',
    protects: "the administration's decision",
    at: ['extension/background/badge#openBadge', 'extension/background/announced-accesses#isLogRead'],
    mutants: [
      {
        ...announcedAccesses,
        find: " === '' ? false : undefined",
        replace: " === '' ? undefined : undefined",
        title: 'J50 .* policy forbids to read',
      },
      {
        ...unannouncedAccessesTest,
        file: 'extension/background/badge.ts',
        find: 'limitByPolicy(session, policy)',
        replace: 'session',
        title: 'J52 the toolbar announces nothing',
      },
    ],
  },
  {
    rule: 'Every own read since the last look must be on some list',
    protects: 'own reads, from being hidden',
    at: [
      'extension/access-log/watch/look-at-log#lookAtLog',
      'extension/access-log/watch/missing-reads#withMissingReads',
      'extension/access-log/own/reconcile#reconcile',
    ],
    mutants: [
      {
        ...missingReads,
        find: ', ...late]',
        replace: ']',
        title: 'F33 a read that the log leaves out is missed on pages of 3',
      },
      {
        ...missingReads,
        find: '...(isTrusted ? listed : [])',
        replace: '...listed',
        title: 'F33 a page without proofs',
      },
      {
        ...missingReads,
        find: '!isSince(beganAt, each)',
        replace: '!isSince(readAt, each)',
        title: 'F33 a read since the first page of a list, long after',
      },
      {
        ...lookAtLog,
        find: 'Math.min(position?.beganAt ?? readAt, readAt)',
        replace: 'readAt',
        title: 'F33 a read since the first page of a list, soon after',
      },
      {
        ...lookAtLog,
        find: 'Math.min(position?.beganAt ?? readAt, readAt)',
        replace: '(position?.beganAt ?? readAt)',
        title: 'F33 a read since the first page of a list, after the clock',
      },
      {
        ...missingReads,
        find: 'const isJudged = names && isReached',
        replace: 'const isJudged = isReached',
        title: 'F33 a log that names no request is not judged',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/own/reconcile.ts',
        find: 'matchOwnEntries(events.filter(isRepeated), again, requester)',
        replace: '[]',
        title: 'F33 an own read that two pages list',
      },
      {
        ...missingReadsByUnannouncedAccesses,
        find: ', ...late]',
        replace: '',
        title: 'F33 a read that the log leaves out is missed although',
      },
      {
        ...missingReadsByUnannouncedAccesses,
        find: 'foundReads: foundReads.length > 0 ? foundReads : undefined,',
        replace: '',
        title: 'F33 a read that the log has',
      },
      {
        ...lookAtLog,
        find: 'isFirst ? known.missingReads : []',
        replace: '[]',
        title: 'F33 a page without proofs',
      },
      {
        ...reconcile,
        find: 'ownEntries.filter(isPlaced).map(timeOf)',
        replace: 'ownEntries.map(timeOf)',
        title: 'because another one was sent',
      },
      {
        ...reconcile,
        find: 'areClose(request) ? (request.servedAt ?? request.at) : request.at',
        replace: 'request.at',
        title: 'was set right',
      },
    ],
  },
  {
    rule: 'A log is not complete any more once the journal loses a read before it was looked for there',
    protects: 'own reads, from being hidden',
    at: [
      'extension/access-log/watch/missing-reads#withLostReads',
      'extension/storage/stored-log#withoutRequests',
      'extension/access-log/own/own-requests#trim',
    ],
    mutants: [
      {
        ...namedAnewTest,
        file: 'extension/access-log/watch/known-log.ts',
        find: 'return known.lostReads === undefined',
        replace: 'return known',
        title: 'F33 .* forgotten before it is looked for',
      },
      {
        ...missingReads,
        find: '{ ...known, lostReads: Math.max(known.lostReads ?? 0, lost) }',
        replace: '{ ...known }',
        title: 'F33 .* before its log is first read',
      },
      {
        ...missingReads,
        find: 'lost >= (known.judgedAt ?? 0) - patience',
        replace: 'lost >= 0',
        title: 'F33 .* if all earlier ones were compared',
      },
      {
        ...namedAnewTest,
        file: 'extension/storage/stored-log.ts',
        find: 'lost: Object.fromEntries(lostUntil)',
        replace: 'lost: lost ?? {}',
        title: 'F33 .* after storage was full',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/own/own-requests.ts',
        find: 'own.length > 0 || lostUntil !== undefined',
        replace: 'own.length > 0',
        title: 'F33 .* clock is behind its own journal',
      },
      {
        ...namedAnewTest,
        file: 'extension/access-log/own/own-requests.ts',
        find: 'Math.min(now - longestAge, await comparedUntil(name))',
        replace: 'now - longestAge',
        title: 'F33 .* after more than 30 days',
      },
      {
        ...lookAtLog,
        find: '[...gone, ...own.requests]',
        replace: 'own.requests',
        title: 'F33 .* cannot have one that is missed forgotten',
      },
    ],
  },
  {
    rule: "A sign-in is this browser's only by its journal; any other is announced",
    protects: 'people, from a stolen password',
    at: [
      'extension/access-log/watch/look-at-log#judge',
      'extension/access-log/own/own-sign-ins#judgeSignIns',
      'extension/auth/sign-in/sign-in#journalSignIn',
    ],
    mutants: [
      { ...lookAtLog, find: "by === 'elsewhere' || ", replace: '', title: 'J54 a sign-in elsewhere' },
      {
        ...ownSignInsTest,
        file: 'extension/access-log/watch/look-at-log.ts',
        find: 'isNews = isOfOthers || isSignIn',
        replace: 'isNews = isOfOthers',
        title: 'J54 .*are “You elsewhere”, and new',
      },
      {
        ...ownSignIns,
        find: "if (!span) return 'other'",
        replace: "if (!span) return 'own'",
        title: 'J54 a sign-in at another time',
      },
      {
        ...ownSignIns,
        find: "return count(true) + count(false) <= most ? 'own' : 'doubtful'",
        replace: "return 'own'",
        title: 'J54 of two sign-ins at one time',
      },
      {
        ...ownSignInsTest,
        file: 'extension/auth/sign-in/sign-in.ts',
        find: "  await journal.recordSent({ id, what: 'sign-in' })\n",
        replace: '',
        title: 'J54 .*are “You” if this browser',
      },
      {
        ...ownSignIns,
        find: 'const counts = { ...before }',
        replace: 'const counts: SignInCounts = {}',
        title: 'J54 an entry of one kind on the next page',
      },
      {
        ...ownSignIns,
        find: ' && span?.ids.includes(id) === true',
        replace: ' && span !== undefined',
        title: 'J54 of two sign-ins at one time',
      },
      {
        ...ownSignIns,
        find: 'isGained ? span.answered : span.ids.length',
        replace: 'span.ids.length',
        title: 'J54 a sign-in that was cancelled',
      },
      {
        ...ownSignIns,
        find: "if (!isExact) return 'other'",
        replace: "if (!isExact) return 'own'",
        title: 'J54 a sign-in less than a minute',
      },
    ],
  },
  {
    rule: 'An id counts for one request, to its own organization, over all pages',
    protects: 'people, from foreign reads',
    at: [
      'extension/access-log/own/own-requests#isUnused',
      'extension/access-log/own/own-requests#requestsFor',
      'extension/access-log/own/reconcile#reconcile',
    ],
    mutants: [
      {
        ...ownRequests,
        find: '[readsAt(fhirBase), fhirBase].map(store.all)',
        replace: 'Object.keys(journals).map(store.all)',
        title: 'F33 a log is',
      },
      {
        ...ownRequests,
        find: 'return others.every((key) => String(key) === String(own))',
        replace: 'return others !== undefined',
        title: 'F33 an id that an organization gives',
      },
      {
        ...reconcile,
        find: 'const concurrentOrNewer = requests.filter(',
        replace: 'const concurrentOrNewer = own.requests.filter(',
        title: 'F33.*on the next page as well$',
      },
      {
        ...reconcile,
        find: 'requests.filter(({ id }) => !foundBefore.has(id))',
        replace: 'requests',
        title: 'F33 .* on the next page',
      },
      {
        ...reconcile,
        find: '.map(entryIdOf)',
        replace: '.map(({ id }) => String(id))',
        title: 'F33 is recognized',
      },
    ],
  },
  {
    rule: 'A read is in the journal before it is sent',
    protects: "own reads, from being called somebody else's",
    at: ['extension/fhir/client#getOnce'],
    mutants: [
      {
        file: 'extension/fhir/client.ts',
        test: 'tests/unit/extension/own-requests.test.ts',
        find: 'await journal?.recordSent(',
        replace: 'void journal?.recordSent(',
        title: 'E19 a read is sent',
      },
    ],
  },
  {
    rule: 'The journal holds only ids, times and types, and stops no read',
    protects: 'storage; reads',
    at: ['extension/access-log/own/own-requests#write', 'extension/fhir/client#typeAt'],
    mutants: [
      {
        ...ownRequests,
        find: 'if (!isFull(error)) throw error',
        replace: 'throw error',
        title: 'F57 when the journal does',
      },
      {
        file: 'extension/fhir/client.ts',
        test: 'tests/unit/extension/own-requests.test.ts',
        find: "isTypeName(segment) ? segment : ''",
        replace: 'segment',
        title: 'F57 only the type of an address',
      },
      {
        ...ownRequests,
        find: '(): number => fullAt + concurrency',
        replace: '(): number => 0',
        title: 'F57 when the journal does',
      },
    ],
  },
  {
    rule: 'A journal is kept only while somebody is connected there',
    protects: 'names of organizations',
    at: ['extension/access-log/own/own-requests', 'extension/storage/forget#findNeededJournals'],
    mutants: [
      {
        ...ownRequests,
        find: 'await store.change(key,',
        replace: "await store.put(key, { id, at: key[1], what: '' }, 0)\n        await store.change(key,",
        title: 'F46 a read whose',
      },
      {
        ...ownRequests,
        find: 'if (!(await findNeededJournals())(name)) return',
        replace: '',
        title: 'F46 a read whose',
      },
      {
        ...ownRequests,
        find: '      if (!(await findNeededJournals())(name)) await store.drop(name)\n',
        replace: '',
        title: 'F46 a read whose',
      },
      {
        ...ownRequests,
        file: 'extension/storage/forget.ts',
        find: 'bases.includes(baseOfJournal(journal))',
        replace: 'bases.includes(journal)',
        title: 'F33 reads stay known',
      },
      { ...ownRequests, find: ' || items.flow.key in changes', replace: '', title: 'F46 a failed sign-in' },
    ],
  },
  {
    rule: 'Only the entries of a Bundle itself are looked at, not those of Bundles within it',
    protects: 'the worker, from as many levels as an organization likes',
    at: ['extension/access-log/own/own-requests#isAboutPatient'],
    mutants: [
      {
        ...ownRequests,
        find: 'namesPatient(object(entry.resource), patient)',
        replace: 'isAboutPatient(object(entry.resource), patient)',
        title: 'however deep',
      },
    ],
  },
  {
    rule: 'An entry has one id of at most 500 visible characters',
    protects: 'storage; foreign reads',
    at: ['extension/access-log/proof/log-leaf#entryIdOf'],
    mutants: [
      { ...logLeaf, find: "text(id) ?? ''", replace: 'String(id)', title: 'F57 .* 500 characters' },
      {
        ...logLeaf,
        find: "readableText(text(id) ?? '').trim()",
        replace: "text(id) ?? ''",
        title: 'F57 names an entry in',
      },
    ],
  },
  {
    rule: 'Only a known access is named as seen, and another text is new',
    protects: 'people, from missed accesses',
    at: ['extension/access-log/watch/find-new'],
    mutants: [
      {
        ...newAccessesByTwoTexts,
        find: '(hasOtherText(waiting, entry) ||',
        replace: '((hasOtherText(waiting, entry) && false) ||',
        title: 'J51 .* by its date or number',
      },
      {
        ...newAccessesByTwoTexts,
        find: '    .filter(({ id }) => ids.includes(id) && fresh.filter((each) => each.id === id).length === 1)\n',
        replace: '    .concat(ids.map((id) => ({ id, at: 0, since: 0 })))\n',
        title: 'J51 .* is no name',
      },
      {
        ...newAccessesByTwoTexts,
        find: ' && fresh.filter((each) => each.id === id).length === 1',
        replace: '',
        title: 'J53 of two accesses',
      },
      {
        ...newAccessesByTwoTexts,
        find: 'b.number !== undefined) return a.number === b.number',
        replace: 'b.number !== undefined) return true',
        title: 'J51 .* is known by its number',
      },
      {
        ...newAccessesByTwoTexts,
        find: 'return a.text === b.text',
        replace: 'return true',
        title: 'J51 .* makes no other text',
      },
    ],
  },
]
