import type { Rule } from '../mutation/rule.ts'

const incomplete = { test: 'tests/integration/upstream/incomplete-answers.test.ts' }
const keptOrder = { test: 'tests/integration/upstream/kept-order.test.ts' }
const changedOffer = { test: 'tests/integration/upstream/changed-offer.test.ts' }
const walk = { file: 'server/sources/upstream/walk.ts' }
const totals = { file: 'server/sources/upstream/total-upstream.ts' }
const named = { file: 'server/sources/upstream/named-upstream.ts' }
const order = { file: 'server/sources/upstream/order.ts' }
const createUpstream = { file: 'server/sources/transport/create-upstream.ts' }
const readOffer = { file: 'server/sources/transport/read-offer.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'Where upstream left results out, the answer says so and has no total',
    protects: 'people, from gaps that look like nothing',
    at: [
      'server/fhir/http/respond-to-search#DOUBTS',
      'server/sources/transport/remark#saysIncomplete',
      'server/sources/upstream/everything-upstream#pageOf',
      'server/sources/upstream/included-upstream#addReferring',
      'server/sources/upstream/total-upstream#countRest',
      'server/sources/upstream/walk#look',
    ],
    covers:
      'a remark that may mean it, fewer rows than upstream states, and rows without the time that is asked for, on any page',
    mutants: [
      {
        ...incomplete,
        ...walk,
        find: 'isIncomplete || (next',
        replace: '(next',
        title: 'says that results are missing',
      },
      {
        ...incomplete,
        ...walk,
        find: 'total > before + came',
        replace: 'false',
        title: 'states more results',
      },
      {
        ...incomplete,
        ...walk,
        find: 'startTotal ?? undefined',
        replace: 'undefined',
        title: 'a later page',
      },
      {
        ...incomplete,
        ...totals,
        find: 'query.count > 0 && isComplete()',
        replace: 'query.count > 0',
        title: 'has no total',
      },
      {
        ...incomplete,
        ...totals,
        find: 'if (!isComplete()) return whom',
        replace: '',
        title: 'has no total',
      },
      {
        ...incomplete,
        ...walk,
        find: "if (own && !row && mayMatch?.(own)) doubt('incomplete')",
        replace: '',
        title: 'rows without the time',
      },
      {
        ...incomplete,
        file: 'server/sources/upstream/everything-upstream.ts',
        find: '    doubts: rowsOfPatient.doubts,\n',
        replace: '',
        title: 'the whole record says so',
      },
      {
        ...incomplete,
        file: 'server/sources/upstream/included-upstream.ts',
        find: ' || candidates.doubts.size > 0',
        replace: '',
        title: 'referring resources',
      },
      {
        ...incomplete,
        file: 'server/sources/transport/remark.ts',
        find: 'MILD.has(issue.severity) && ',
        replace: '',
        title: 'a remark of the severity',
      },
      {
        ...incomplete,
        file: 'server/sources/transport/remark.ts',
        find: ' && ABOUT_REQUEST.has(issue.code)',
        replace: '',
        title: 'a remark of the severity',
      },
    ],
  },
  {
    rule: 'A look-up for the log in which upstream may have left somebody out is refused',
    protects: 'the log',
    at: [
      'server/sources/upstream/named-upstream#allPatients',
      'server/sources/upstream/named-upstream#holdersOf',
      'server/sources/upstream/read-by-ids#searchByIds',
    ],
    mutants: [
      {
        ...incomplete,
        ...named,
        find: "  if (rows.doubts.has('incomplete')) return { patients, refusal: upstreamWrong() }\n",
        replace: '',
        title: 'beside another parameter|a name in a search',
      },
      {
        ...incomplete,
        ...named,
        find: 'if (filters.length === 1 && isIncomplete) throw upstreamWrong()',
        replace: '',
        title: 'an identifier alone',
      },
      {
        file: 'server/sources/upstream/read-by-ids.ts',
        test: 'tests/integration/upstream/unfinished-lookups.test.ts',
        find: 'isExact && (total ?? 0) <= came',
        replace: 'isExact',
        title: 'states more than it holds',
      },
    ],
  },
  {
    rule: 'A list or number of a page that is of another type is not taken for absent',
    protects: 'people, from lists that are cut',
    at: ['server/sources/transport/next-link#linkOf', 'server/sources/transport/read-answer#statedTotal'],
    mutants: [
      {
        file: 'server/sources/transport/next-link.ts',
        test: 'tests/unit/sources/read-answer.test.ts',
        find: '!Array.isArray(links) || !links.every(isLink)',
        replace: '!Array.isArray(links)',
        title: 'is not taken for absent',
      },
      {
        file: 'server/sources/transport/read-answer.ts',
        test: 'tests/unit/sources/read-answer.test.ts',
        find: "typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0",
        replace: "typeof total !== 'number'",
        title: 'if its total is',
      },
    ],
  },
  {
    rule: 'Where upstream does not keep to the order of a search, the answer says so',
    protects: 'people, from an old reading that looks like the newest',
    at: ['server/sources/upstream/order#orderOf', 'server/sources/upstream/walk#look'],
    mutants: [
      {
        ...keptOrder,
        ...walk,
        find: 'isUnsorted ||= now?.isBroken === true',
        replace: '',
        title: 'ignores _sort',
      },
      {
        ...keptOrder,
        ...walk,
        find: 'startReached ?? undefined',
        replace: 'undefined',
        title: 'a later page',
      },
      {
        ...keptOrder,
        ...order,
        find: 'high - low < DAY ? 0 : MARGIN',
        replace: '0',
        title: 'may be right is not doubted',
      },
      {
        ...keptOrder,
        ...order,
        find: '[...byCharacter, ...byLetter]',
        replace: 'byLetter',
        title: 'capitals first',
      },
      {
        ...keptOrder,
        ...order,
        find: '[...byCharacter, ...byLetter]',
        replace: 'byCharacter',
        title: 'whatever their case',
      },
    ],
  },
  {
    rule: 'What is uncertain about how upstream is searched is sought once a minute, and no search waits for it',
    protects: "upstream; everybody's requests",
    at: ['server/sources/transport/create-upstream#UNCERTAIN'],
    mutants: [
      {
        ...createUpstream,
        test: 'tests/integration/upstream/answers.test.ts',
        find: ' && performance.now() - soughtAt > UNCERTAIN',
        replace: '',
        title: 'no more than once a minute',
      },
      {
        ...createUpstream,
        test: 'tests/integration/upstream/answers.test.ts',
        find: '!searchForm.isCertain && performance.now()',
        replace: 'false && performance.now()',
        title: 'ignores posted forms',
      },
    ],
  },
  {
    rule: 'An offer that cannot be used changes nothing, and types that are lost are named',
    protects: 'people, from gaps that look like nothing',
    at: [
      'server/sources/transport/create-upstream#load',
      'server/sources/transport/read-offer#afterFormer',
      'server/sources/transport/read-offer#readOffer',
      'server/sources/upstream/everything-upstream#isLost',
    ],
    mutants: [
      {
        ...readOffer,
        ...changedOffer,
        find: "isOffered(offer.get('Patient')) ? offer",
        replace: 'offer ? offer',
        title: 'changes nothing',
      },
      {
        ...readOffer,
        test: 'tests/unit/sources/read-offer.test.ts',
        find: 'if (objects.length < listOf(list).length) throw new WrongShape()',
        replace: '',
        title: 'is not used if',
      },
      {
        ...readOffer,
        ...changedOffer,
        find: 'new Map([...offer, ...lost.map(([type]) => [type, LOST] as const)])',
        replace: 'offer',
        title: 'are named by the whole record',
      },
      {
        file: 'server/sources/upstream/everything-upstream.ts',
        ...changedOffer,
        find: 'isLost(type) || (isWhole',
        replace: '(isWhole',
        title: 'are named by the whole record',
      },
    ],
  },
]
