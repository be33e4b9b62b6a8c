import type { Rule } from '../mutation/rule.ts'

const upstreamSource = {
  file: 'server/sources/upstream/upstream-source.ts',
  test: 'tests/integration/upstream/asked-upstream.test.ts',
}
const conditions = {
  file: 'server/sources/upstream/conditions.ts',
  test: 'tests/integration/upstream/hapi.test.ts',
}
const walk = {
  file: 'server/sources/upstream/walk.ts',
  test: 'tests/integration/upstream/hostile-upstream.test.ts',
}
const rowPatients = {
  file: 'server/sources/upstream/row-patients.ts',
  test: 'tests/integration/upstream/told-by-errors.test.ts',
}
const contents = {
  file: 'server/query/contents.ts',
  test: 'tests/unit/fhir/contents.test.ts',
}
const patientElements = {
  file: 'server/query/patient-elements.ts',
  test: 'tests/unit/fhir/contents.test.ts',
}
const searchUpstream = {
  file: 'server/sources/upstream/search-upstream.ts',
  test: 'tests/integration/upstream/told-by-errors.test.ts',
}
const upstreamSourceByToldByErrors = {
  file: 'server/sources/upstream/upstream-source.ts',
  test: 'tests/integration/upstream/told-by-errors.test.ts',
}
const openTransport = {
  file: 'server/sources/transport/open-transport.ts',
  test: 'tests/long/upstream/circuit.test.ts',
}
const row = {
  file: 'server/sources/upstream/row.ts',
  test: 'tests/integration/upstream/stray-rows.test.ts',
}
const rowPatientsByStrayRows = {
  file: 'server/sources/upstream/row-patients.ts',
  test: 'tests/integration/upstream/stray-rows.test.ts',
}
const searchForm = {
  file: 'server/sources/transport/search-form.ts',
  test: 'tests/integration/upstream/answers.test.ts',
}
const sharedUpstream = {
  file: 'server/sources/upstream/shared-upstream.ts',
  test: 'tests/unit/sources/shared-upstream.test.ts',
}
const heldAnswers = {
  file: 'server/sources/upstream/held-answers.ts',
  test: 'tests/unit/sources/held-answers.test.ts',
}
const heldPages = { test: 'tests/unit/sources/held-pages.test.ts' }
const readAnswer = {
  file: 'server/sources/transport/read-answer.ts',
  test: 'tests/unit/sources/read-answer.test.ts',
}
const nextLink = {
  file: 'server/sources/transport/next-link.ts',
  test: 'tests/unit/sources/read-answer.test.ts',
}
const referenceTest = {
  file: 'server/query/reference.ts',
  test: 'tests/unit/fhir/reference.test.ts',
}
const statedType = {
  file: 'server/query/reference.ts',
  test: 'tests/unit/fhir/contents.test.ts',
}
const cutJson = {
  file: 'server/sources/transport/cut-json.ts',
  test: 'tests/unit/sources/read-answer.test.ts',
}
const circuit = {
  file: 'server/sources/transport/circuit.ts',
  test: 'tests/unit/sources/circuit.test.ts',
}
const backendCredential = {
  file: 'server/sources/transport/backend-credential.ts',
  test: 'tests/integration/upstream/credential.test.ts',
}
const hostileUpstreamTest = {
  test: 'tests/integration/upstream/hostile-upstream.test.ts',
}
const askedUpstreamTest = {
  test: 'tests/integration/upstream/asked-upstream.test.ts',
}
const strayRowsTest = { test: 'tests/integration/upstream/stray-rows.test.ts' }
const answersTest = { test: 'tests/integration/upstream/answers.test.ts' }
const sharedUpstreamTest = {
  test: 'tests/long/upstream/shared-upstream.test.ts',
}

const unfinishedLookups = {
  test: 'tests/integration/upstream/unfinished-lookups.test.ts',
}
const manyValuesTest = { test: 'tests/integration/upstream/many-values.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'What one resource has to compare is limited, and others have turns between resources',
    protects: "everybody else's requests",
    at: [
      'server/query/indexed-values#valuesOfParameter',
      'server/query/matches#matches',
      'server/sources/upstream/walk#peek',
      'server/fhir/index/put-resource#sortName',
    ],
    mutants: [
      {
        ...manyValuesTest,
        file: 'server/query/indexed-values.ts',
        find: 'size += Math.min(text.length, LONGEST_VALUE)',
        replace: 'size += 0',
        title: 'is folded up to the limit',
      },
      {
        ...manyValuesTest,
        file: 'server/query/indexed-values.ts',
        find: 'if (++size > most) return false\n            if (isSearchable',
        replace: 'if (isSearchable',
        title: 'is folded up to the limit',
      },
      {
        ...manyValuesTest,
        file: 'server/query/matches.ts',
        find: '!values.isCut && ',
        replace: '',
        title: 'matches no search by name',
      },
      {
        ...manyValuesTest,
        file: 'server/sources/upstream/walk.ts',
        find: '      await pause()\n    }\n    return row',
        replace: '    }\n    return row',
        title: 'others have turns',
      },
      {
        ...manyValuesTest,
        file: 'server/fhir/index/put-resource.ts',
        find: 'fold(text.slice(0, LONGEST_VALUE)',
        replace: 'fold(text',
        title: 'is sorted by the beginning',
      },
    ],
  },
  {
    rule: "A row from upstream is shown only if it is within the token's reach itself",
    protects: 'every record',
    at: [
      'server/sources/upstream/included-upstream#addReferred',
      'server/sources/upstream/search-upstream#accepts',
      'server/sources/upstream/upstream-source#readUpstream',
    ],
    mutants: [
      {
        ...hostileUpstreamTest,
        file: 'server/sources/upstream/search-upstream.ts',
        find: 'accepts: (row) =>\n      isWithin(row, reach) && matchesAll(row, filters)',
        replace: 'accepts: (row) => matchesAll(row, filters)',
        title: 'G12',
      },
      {
        ...upstreamSource,
        find: 'isLarge ? reach.filter(({ limits }) => !limits) : reach)',
        replace: '[{}])',
        title: "another's resource",
      },
      {
        ...hostileUpstreamTest,
        file: 'server/sources/upstream/included-upstream.ts',
        find: 'isWithin(row, reach) && included.add(row)',
        replace: 'included.add(row)',
        title: 'included and referring',
      },
    ],
  },
  {
    rule: 'Upstream is asked for no less than the search, and its rows are checked here',
    protects: 'totals; the right logs',
    at: [
      'server/query/condition#holds',
      'server/sources/upstream/conditions#MARGIN',
      'server/sources/upstream/streams#confinements',
    ],
    mutants: [
      {
        ...askedUpstreamTest,
        file: 'server/sources/upstream/search-upstream.ts',
        find: 'accepts: (row) =>\n      isWithin(row, reach) && matchesAll(row, filters)',
        replace: 'accepts: (row) => isWithin(row, reach)',
        title: 'is not in the CapabilityStatement',
      },
      {
        file: 'server/query/condition.ts',
        test: 'tests/integration/fhir/matches.test.ts',
        find: 'return value <= condition.to',
        replace: 'return true',
        title: 'the same resources as the SQL',
      },
      {
        ...askedUpstreamTest,
        file: 'server/sources/upstream/streams.ts',
        find: 'candidates.length === 0 ? undefined : candidates',
        replace: 'candidates',
        title: 'could not be limited',
      },
      {
        ...conditions,
        find: 'const MARGIN = 29 * 3_600_000',
        replace: 'const MARGIN = 24 * 3_600_000',
        title: 'checklist G2 a day',
      },
      {
        ...conditions,
        find: "return [first, [...only.slice(1), only.join(' ')]]",
        replace: "return [[only.join(' ')]]",
        title: 'checklist G2 a day',
      },
    ],
  },
  {
    rule: '`$everything` names the types that it leaves out',
    protects: 'readers, from gaps that look like nothing',
    at: ['server/sources/upstream/everything-upstream#isUnread'],
    mutants: [
      {
        file: 'server/sources/upstream/everything-upstream.ts',
        test: 'tests/integration/upstream/unread-types.test.ts',
        find: 'typesOfRecord.includes(type) ? !isFound(type) : isLost(type) || (isWhole && isUnserved(type))',
        replace: 'isWhole && isUnserved(type)',
        title: 'J46 a whole record is read without',
      },
    ],
  },
  {
    rule: 'A page with mostly rows of other patients is refused',
    protects: 'the records of others',
    at: ['server/sources/upstream/walk#requireOwn'],
    mutants: [
      {
        ...walk,
        find: 'if (foreign * 2 > results.length)',
        replace: 'if (false)',
        title: 'ends in 502, and the operator',
      },
    ],
  },
  {
    rule: 'A row counts once, also if all are marked as included',
    protects: 'totals; people, from empty records',
    at: ['server/sources/upstream/walk#rowsOf'],
    mutants: [
      { ...walk, find: 'all.filter((each) => !each.included)', replace: 'all', title: 'without being asked' },
      {
        ...walk,
        find: 'matches.length > 0 ? matches : all.filter(isOfPatient)',
        replace: 'matches',
        title: 'J36 rows that',
      },
    ],
  },
  {
    rule: "A resource with another patient's inside, at any depth, is nobody's",
    protects: 'the other patient',
    at: [
      'server/query/contents#contentsOf',
      'server/sources/upstream/row#isWithin',
      'server/sources/upstream/row-patients#concernedRow',
    ],
    mutants: [
      {
        ...rowPatients,
        find: '...patients, ...contents.patients',
        replace: '...patients',
        title: "clinician's read",
      },
      {
        ...contents,
        find: 'if (isOfPatients && isSharedType(type))',
        replace: "if (isOfPatients && type === '')",
        title: 'shared by all',
      },
      {
        file: 'server/sources/upstream/row.ts',
        test: 'tests/integration/upstream/told-by-errors.test.ts',
        find: 'isOfPatients(type) || contents.foreign === undefined',
        replace: "isOfPatients(type) || contents.foreign !== ''",
        title: 'shared resource',
      },
      {
        ...hostileUpstreamTest,
        file: 'server/sources/upstream/row.ts',
        find: 'patients.includes(patient) && contents.foreign === undefined',
        replace: "patients.includes(patient) && contents.foreign !== ''",
        title: 'a resource that contains one',
      },
      {
        ...contents,
        find: 'if (own.length > 0 && own.length < owners.length)',
        replace: 'if (own.length > 0 && own.length < 0)',
        title: 'each patient of the whole',
      },
      {
        ...contents,
        find: "if (type === 'Patient' && patients.length === 0)",
        replace: "if (type === '' && patients.length === 0)",
        title: 'a Patient that no link names',
      },
      {
        ...contents,
        find: "unknown: 'what it is', isOfPatients: true }",
        replace: 'isOfPatients: false }',
        title: 'no resource that R4 has',
      },
      {
        ...contents,
        find: "if (isObject(node) && Object.hasOwn(node, 'resourceType')) nested.add(node)",
        replace: '',
        title: 'at every place and depth',
      },
    ],
  },
  {
    rule: 'A reference names no patient only if it states another type of R4 itself',
    protects: 'the patient behind such a word',
    at: [
      'server/query/patient-elements#mayNamePatient',
      'server/query/patient-elements#patientAt',
      'server/query/reference#statedType',
    ],
    mutants: [
      {
        ...patientElements,
        find: "typeof stated === 'string' && isTypeInR4(stated)",
        replace: "typeof stated === 'string'",
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: " || each === 'Group'",
        replace: '',
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: '[stated, type].some',
        replace: '[stated].some',
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: 'reference === undefined || URN.test(text) ? type : statedType(text)',
        replace: 'type ?? statedType(text)',
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: 'reference === undefined || URN',
        replace: "text === '' || URN",
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: 'URN.test(text)',
        replace: "text.includes(':')",
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: 'if (local && isTypeInR4(local.type))',
        replace: 'if (local)',
        title: 'in each of the elements',
      },
      {
        ...statedType,
        find: 'if (!url || url.search || url.hash) return undefined',
        replace: 'if (!url || url.hash) return undefined',
        title: 'in each of the elements',
      },
      {
        ...statedType,
        find: 'if (!url || url.search || url.hash) return undefined',
        replace: 'if (!url || url.search) return undefined',
        title: 'in each of the elements',
      },
    ],
  },
  {
    rule: 'A reference to a professional elsewhere, however written, keeps nobody out',
    protects: 'the record, from gaps',
    at: ['server/query/reference#statedType'],
    mutants: [
      {
        ...statedType,
        find: 'fromSegments(end.slice(-4)) ?? ',
        replace: '',
        title: 'names nobody, a professional',
      },
      {
        ...statedType,
        find: ' ?? fromSegments(end.slice(-2))',
        replace: '',
        title: 'names nobody, a professional',
      },
      {
        ...statedType,
        find: ".slice(-LONGEST_END).replace(/\\/$/, '')",
        replace: '.slice(-LONGEST_END)',
        title: 'names nobody, a professional',
      },
      {
        ...statedType,
        find: 'if (condition) return condition[1]',
        replace: 'if (condition) return undefined',
        title: 'names nobody, a professional',
      },
    ],
  },
  {
    rule: 'Only the text of a reference puts a resource into a record',
    protects: 'one reading of whose it is',
    at: ['server/query/compartment#patientsOf', 'server/query/reference#referenceOf'],
    mutants: [
      {
        ...statedType,
        test: 'tests/unit/fhir/indexed-values.test.ts',
        find: "typeof value.reference === 'string' ? localReference(value.reference)",
        replace: 'value.reference !== undefined ? localReference(String(value.reference))',
        title: 'with .*\\["Patient/pa"\\]',
      },
    ],
  },
  {
    rule: 'The patients of a resource and those inside are compared in one pass',
    protects: "everybody's answers",
    at: ['server/query/contents#contentsOf'],
    mutants: [
      {
        ...contents,
        find: '!ownersOfWhole.has(patient)',
        replace: '!owners.includes(patient)',
        title: 'in one pass',
      },
    ],
  },
  {
    rule: 'All whom a resource or search is about are looked up and logged',
    protects: 'patients missing in the log',
    at: [
      'server/sources/upstream/read-by-ids#readByIds',
      'server/sources/upstream/row-patients#patientsOfEach',
      'server/sources/upstream/search-upstream#searchUpstream',
    ],
    mutants: [
      {
        ...searchUpstream,
        find: 'compartments ? undefined : namedById(query)',
        replace: 'undefined',
        title: 'J47 .* although its search fails',
      },
      {
        ...rowPatients,
        find: "({ type }) => type === 'Group'",
        replace: '() => false',
        title: 'J47 .* of the Encounter of a group',
      },
      {
        ...rowPatients,
        find: "...valuesOf('subject')\n        .references",
        replace: "...(patients.length > 0 ? { references: [] } : valuesOf('subject'))\n        .references",
        title: 'J47 .* of the Procedure of a group',
      },
      {
        file: 'server/sources/upstream/read-by-ids.ts',
        test: 'tests/integration/upstream/many-targets.test.ts',
        find: ': [...missingIds].map(',
        replace: ': [...missingIds].slice(0, 100).map(',
        title: 'J38',
      },
      {
        ...unfinishedLookups,
        file: 'server/sources/upstream/read-by-ids.ts',
        find: 'open: isExact && (total ?? 0) <= came ? [] : ids',
        replace: 'open: []',
        title: 'J47 an empty page with a remark',
      },
      {
        ...unfinishedLookups,
        file: 'server/sources/upstream/read-by-ids.ts',
        find: 'if (left <= 0) return { resources, page, open: ids }',
        replace: 'if (left <= 0) return { resources, answer: page }',
        title: 'J47 pages without an end',
      },
      {
        ...unfinishedLookups,
        file: 'server/sources/upstream/row-patients.ts',
        find: '      for (const id of untold) forget(type, id)\n',
        replace: '',
        title: 'J47 after',
      },
      {
        ...unfinishedLookups,
        file: 'server/sources/upstream/named-upstream.ts',
        find: '  if (named.length > MOST_LOOKED_UP) throw upstreamCostly()\n',
        replace: '',
        title: 'J47 a search that names more',
      },
    ],
  },
  {
    rule: 'Whatever answers somebody who asks for a patient by id has an entry with that patient',
    protects: 'the log that a patient reads',
    at: [
      'server/sources/upstream/upstream-source#readUpstream',
      'server/sources/upstream/row-patients#refusedFor',
    ],
    mutants: [
      {
        ...upstreamSourceByToldByErrors,
        find: "if (type === 'Patient') return refusedFor(error, id)",
        replace: "if (type === 'Patient') throw error",
        title: 'whatever answers',
      },
      {
        ...upstreamSourceByToldByErrors,
        find: 'refusedFor(resourceLarge(), id)',
        replace: 'Promise.reject(resourceLarge())',
        title: 'whatever answers',
      },
      {
        ...upstreamSourceByToldByErrors,
        find: 'return refusedFor(resourceGone(), id)',
        replace: 'throw resourceGone()',
        title: 'whatever answers',
      },
    ],
  },
  {
    rule: 'Only who may read a resource is told that it is too large to be read',
    protects: "others' records",
    at: ['server/sources/upstream/upstream-source#readUpstream'],
    mutants: [
      {
        ...upstreamSourceByToldByErrors,
        find: "refusedFor(resourceLarge(), id) : 'large'",
        replace: 'refusedFor(resourceLarge(), id) : Promise.reject(resourceLarge())',
        title: 'is to everybody else',
      },
      {
        ...upstreamSourceByToldByErrors,
        find: 'isLarge ? reach.filter(({ limits }) => !limits) : reach',
        replace: 'isLarge ? reach.map(({ limits: _, ...each }) => each) : reach',
        title: 'is to everybody else',
      },
      {
        file: 'server/query/patient-elements.ts',
        find: "  'contained',\n",
        replace: '',
        test: 'tests/integration/upstream/told-by-errors.test.ts',
        title: 'is to everybody else.*takes _elements',
      },
      {
        ...upstreamSourceByToldByErrors,
        find: '  if (isLarge) return Disclosure.refused(resourceLarge(), { patients, owners })\n',
        replace: '  if (isLarge) throw resourceLarge()\n',
        title: 'has an entry',
      },
    ],
  },
  {
    rule: "Whether others' resources exist cannot be told from an answer or its time",
    protects: 'whether a resource exists',
    at: ['server/sources/upstream/upstream-source#readUpstream'],
    mutants: [
      {
        ...upstreamSourceByToldByErrors,
        find: 'const mayKnow = !compartments && !isLimited',
        replace: 'const mayKnow = !compartments',
        title: 'for a patient; a clinician and the operator',
      },
      {
        ...upstreamSource,
        find: 'compartments && !compartments.includes(id)',
        replace: "compartments && id === ''",
        title: 'nothing is, for Patient/pb',
      },
      { ...upstreamSourceByToldByErrors, find: '.catch(unlessWrong)', replace: '', title: 'for a patient' },
    ],
  },
  {
    rule: 'An error after rows were read is logged; what is impossible is refused before',
    protects: 'whether somebody exists',
    at: [
      'server/sources/upstream/search-upstream#pageOf',
      'server/sources/upstream/search-upstream#searchUpstream',
    ],
    mutants: [
      {
        ...searchUpstream,
        find: 'return refusedAfter(error, rowsSeen, compartments, named && { named })',
        replace: 'throw error',
        title: 'the patient who was found',
      },
      {
        ...searchUpstream,
        find: 'requireIncludable({ offer, reachOf }, query.includes)',
        replace: '',
        title: 'nothing about anybody|nobody',
      },
    ],
  },
  {
    rule: 'Whether upstream works is found out by a read, and a patient is told',
    protects: 'people, from empty answers',
    at: [
      'server/sources/transport/backend-credential#objectIn',
      'server/sources/transport/open-transport#health',
      'server/sources/transport/open-transport#isFhir',
      'server/sources/upstream/upstream-source#unlessWrong',
    ],
    mutants: [
      {
        ...openTransport,
        find: '{ path: nobody() }',
        replace: '{ path: METADATA }',
        title: 'J43 a server that still says',
      },
      {
        ...answersTest,
        file: 'server/sources/transport/open-transport.ts',
        find: '[200, 404, 410].includes(status) && isFhir(text)',
        replace: '[200, 404, 410].includes(status)',
        title: 'not if it answers a read of nobody',
      },
      {
        ...answersTest,
        file: 'server/sources/transport/open-transport.ts',
        find: '[200, 404, 410].includes(status) && isFhir(text)',
        replace: 'isFhir(text)',
        title: 'not if it answers a read of nobody',
      },
      {
        ...upstreamSourceByToldByErrors,
        file: 'server/sources/transport/create-upstream.ts',
        find: "if (!isFhir(text)) throw new WrongAnswer('it is not FHIR as JSON')",
        replace: '',
        title: 'J37 J48',
      },
      {
        ...backendCredential,
        find: 'isRefused ? CredentialRefused : WrongAnswer',
        replace: 'false ? CredentialRefused : WrongAnswer',
        title: 'whose client is unknown',
      },
      {
        ...upstreamSourceByToldByErrors,
        find: " || (await health) !== 'working') throw error",
        replace: ') throw error',
        title: 'J37 J48',
      },
    ],
  },
  {
    rule: 'A resource that may name, or lead to, an untraceable patient is read by nobody',
    protects: 'patients missing in the log',
    at: [
      'server/query/patient-elements#namedIn',
      'server/sources/upstream/row#isWithin',
      'server/sources/upstream/row#rowOf',
    ],
    covers: 'other hosts, identifiers, displays, contained ones, lists',
    mutants: [
      { ...row, find: '!row.isStray &&', replace: '', title: 'J31 nobody' },
      {
        ...row,
        find: 'isStray: namedIn(type, resource, contents.ids)?.isUnknown ?? true',
        replace:
          'isStray: patients.length === 0 && (namedIn(type, resource, contents.ids)?.isUnknown ?? true)',
        title: 'J31 nor does',
      },
      {
        ...strayRowsTest,
        file: 'server/query/patient-elements.ts',
        find: 'isUnknown ||= above.some((each) => !valuesAt(resource, each).every(isObject))',
        replace: 'isUnknown ||= above.length < 0',
        title: 'J31 nobody reads a group',
      },
      {
        ...patientElements,
        find: '=> OF_PATIENTS.get(type) ?? OTHERS.get(type)',
        replace: "=> type === 'AuditEvent' ? [] : (OF_PATIENTS.get(type) ?? OTHERS.get(type))",
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: 'return namesNobody || !mayNamePatient(reference, type) ? undefined : UNKNOWN',
        replace: 'return namesNobody || !mayNamePatient(reference, type) || reference ? undefined : UNKNOWN',
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: 'reference === undefined && identifier === undefined',
        replace: 'reference === undefined && identifier !== null',
        title: 'in each of the elements',
      },
      {
        ...patientElements,
        find: "(reference.startsWith('#') && ids.has(reference.slice(1)))",
        replace: "reference.startsWith('#') || ids.has(reference.slice(1))",
        title: 'in each of the elements',
      },
      {
        ...rowPatientsByStrayRows,
        find: 'row.isStray || about.some(isLookedUp)',
        replace: 'row.isStray',
        title: 'J31 a list leaves out a visit of a group in a group',
      },
      {
        ...rowPatientsByStrayRows,
        find: 'for (const id of ids) forget(type, id)',
        replace: 'void ids',
        title: 'J31 nobody reads a Provenance',
      },
      {
        ...strayRowsTest,
        file: 'server/sources/upstream/upstream-source.ts',
        find: '!isReached || untold.size > 0',
        replace: '!isReached',
        title: 'J31 nobody reads a visit',
      },
      {
        ...strayRowsTest,
        file: 'server/sources/upstream/search-upstream.ts',
        find: '!untold.has(concerned)',
        replace: 'untold.size >= 0',
        title: 'J31 a list leaves out',
      },
    ],
  },
  {
    rule: 'Resources that nobody reads are reported with their number, at each power of ten',
    protects: "the operator's log",
    at: ['server/sources/upstream/upstream-source#upstreamSource'],
    mutants: [
      {
        ...strayRowsTest,
        file: 'server/sources/upstream/upstream-source.ts',
        find: '/^10*$/.test(String(times))',
        replace: 'times === 1',
        title: 'J31 the operator',
      },
      {
        ...strayRowsTest,
        file: 'server/sources/upstream/upstream-source.ts',
        find: '/^10*$/.test(String(times))',
        replace: 'times > 0',
        title: 'J31 the operator',
      },
    ],
  },
  {
    rule: 'A search is sent by GET only where posted ones lastingly fail',
    protects: "names, from upstream's log",
    at: [
      'server/sources/transport/search-form#findSearchForm',
      'server/sources/transport/search-form#requireLasting',
    ],
    mutants: [
      {
        ...searchForm,
        find: 'isEmpty && !(await findsNobodyByGet())',
        replace: 'isEmpty && (await findsNobodyByGet())',
        title: 'J36 a server that answers every posted',
      },
      {
        ...searchForm,
        find: 'if (!isTaken) await requireLasting()',
        replace: '',
        title: 'gets no name in an address',
      },
      {
        ...searchForm,
        find: 'if (await takes([])) throw upstreamWrong()',
        replace: '',
        title: 'gets no name in an address',
      },
    ],
  },
  {
    rule: "What is found out about upstream counts towards the request's time",
    protects: "everybody's requests",
    at: ['server/sources/transport/create-upstream#load', 'server/sources/upstream/shared-upstream#inTime'],
    mutants: [
      {
        ...sharedUpstream,
        find: 'setTimeout(() => reject(upstreamSlow()), Math.max(0, until - performance.now()))',
        replace: 'setTimeout(() => {}, 0)',
        title: 'what is found out first',
      },
      {
        ...answersTest,
        file: 'server/sources/transport/create-upstream.ts',
        find: 'if (searchForm) findFormAgain()',
        replace: 'searchForm = undefined',
        title: 'searches go on while',
      },
    ],
  },
  {
    rule: "References below upstream's base, by its named aliases, are made relative first",
    protects: "a patient's own record",
    at: [
      'server/sources/transport/create-upstream#createUpstream',
      'server/sources/transport/read-answer#parserFor',
    ],
    mutants: [
      {
        ...readAnswer,
        find: 'const value = json === text ? written : parse(json)',
        replace: 'const value = written',
        title: 'become relative',
      },
      {
        file: 'server/sources/transport/create-upstream.ts',
        test: 'tests/integration/upstream/other-base.test.ts',
        find: 'const bases: Bases = [base, ...aliases]',
        replace: 'const bases: Bases = [base, ...aliases.slice(9)]',
        title: 'leads to the same server',
      },
    ],
  },
  {
    rule: "Upstream's totals and links are never shown",
    protects: 'how much is out of reach',
    at: ['server/sources/upstream/total-upstream', 'server/fhir/http/page-link'],
    mutants: [],
    why: 'no code passes them on',
    tests: ['tests/long/upstream/upstream-pages.test.ts'],
  },
  {
    rule: 'A request reads few pages and resources upstream, for a bounded time',
    protects: 'upstream; other callers',
    at: [
      'server/fhir/http/respond-to-batch#outcome',
      'server/sources/upstream/included-upstream#add',
      'server/sources/upstream/walk#load',
    ],
    mutants: [
      {
        file: 'server/sources/upstream/walk.ts',
        test: 'tests/long/upstream/upstream-pages.test.ts',
        find: 'budget.pages <= 0 || ',
        replace: '',
        title: 'endless empty pages',
      },
      {
        ...sharedUpstream,
        find: 'if (++requestCount > MOST_ASKED) throw upstreamCostly()',
        replace: '',
        title: 'at most 200',
      },
      {
        ...sharedUpstreamTest,
        file: 'server/fhir/http/respond-to-batch.ts',
        find: 'answerEntry(one, authorization, source)',
        replace:
          "answerEntry(one, authorization, answering.source.askedBy({ holder: '', left: answering.share.left }))",
        title: 'late ones by 504',
      },
      {
        file: 'server/sources/upstream/included-upstream.ts',
        test: 'tests/long/upstream/whole-search.test.ts',
        find: ' || size > MOST_TEXT',
        replace: '',
        title: 'the text',
      },
      {
        file: 'server/sources/upstream/read-by-ids.ts',
        test: 'tests/integration/upstream/large-included.test.ts',
        find: 'isOver = isEnough = take(',
        replace: 'isEnough ||= take(',
        title: 'no more resources are read than',
      },
    ],
  },
  {
    rule: 'All patients with an identifier or name are found, or the search is refused',
    protects: 'patients missing in the log',
    at: ['server/sources/upstream/named-upstream#allPatients'],
    mutants: [
      {
        file: 'server/sources/upstream/named-upstream.ts',
        test: 'tests/integration/upstream/log-by-name.test.ts',
        find: ', ...(rows.place() !== undefined && { refusal: upstreamCostly() })',
        replace: '',
        title: 'not everybody who has it',
      },
    ],
  },
  {
    rule: 'A place upstream is taken until the server is done; its reader may leave',
    protects: "everybody else's places",
    at: [
      'server/sources/transport/open-transport#sendInTime',
      'server/sources/upstream/shared-upstream#untilEnded',
    ],
    mutants: [
      {
        ...sharedUpstream,
        find: 'if (end.signal.aborted) await pause(sentAt + LONGEST - performance.now())',
        replace: 'void [pause, sentAt]',
        title: 'who leaves gets no place',
      },
      {
        ...sharedUpstream,
        find: 'timer = setTimeout(() => end.abort(), GRACE)',
        replace: 'end.abort()',
        title: 'who leaves gets no place',
      },
      {
        ...sharedUpstream,
        find: 'read: (type, id) =>\n            untilLeft(',
        replace: 'read: (type, id) =>\n            ((answer) => answer)(',
        title: 'who leaves gets no place',
      },
      {
        ...sharedUpstreamTest,
        file: 'server/sources/transport/open-transport.ts',
        find: "request.terms?.left.addEventListener('abort', giveUp)",
        replace: '',
        title: 'the client of a batch leaves',
      },
    ],
  },
  {
    rule: 'The rows of a page are read once for all values of a search, with turns for others in between',
    protects: "everybody else's requests",
    at: ['server/sources/upstream/named-upstream#patientsInHand'],
    mutants: [
      {
        file: 'server/sources/upstream/named-upstream.ts',
        test: 'tests/unit/sources/named-upstream.test.ts',
        find: '    await pause()\n',
        replace: '',
        title: 'are read once',
      },
      {
        file: 'server/sources/upstream/named-upstream.ts',
        test: 'tests/unit/sources/named-upstream.test.ts',
        find: 'for (const { target } of row.valuesOf(filter.param).references)',
        replace: 'for (const { target } of targets.flatMap(() => row.valuesOf(filter.param).references))',
        title: 'are read once',
      },
    ],
  },
  {
    rule: "A page from upstream counts from its first byte until it is let go, and only a person's oldest work exceeds their part",
    protects: 'the process; everybody',
    at: [
      'server/sources/upstream/held-answers#createHeldAnswers',
      'server/sources/transport/send#readText',
      'server/sources/transport/read-answer#readPage',
      'server/sources/upstream/walk#peek',
      'server/sources/upstream/read-by-ids#work',
    ],
    mutants: [
      {
        ...heldAnswers,
        find: 'if (memory.fits(holder, more)) return',
        replace: 'return',
        title: 'what was read counts from its first byte',
      },
      {
        ...heldAnswers,
        find: 'isAhead || !isOldest()',
        replace: '!isOldest()',
        title: 'the oldest work may take more',
      },
      {
        ...heldAnswers,
        find: 'isAhead || !isOldest()',
        replace: 'isAhead',
        title: 'what was read counts from its first byte',
      },
      {
        ...heldAnswers,
        find: 'if (memory.total() + more > MEMORY.all) throw upstreamBusy()',
        replace: '',
        title: 'nobody takes more',
      },
      {
        ...heldAnswers,
        find: 'if (memory.heldBy(holder) + more > MOST_FOR_OLDEST) throw upstreamLarge()',
        replace: '',
        title: 'one person never keeps the others out',
      },
      {
        ...sharedUpstream,
        find: 'ask((terms) => upstream.read(type, id, terms))',
        replace:
          'answers.read((receive) => ask((terms) => upstream.read(type, id, terms) as never, receive))',
        title: 'never refused for its size',
      },
      {
        ...heldAnswers,
        find: '|| running > 0) return',
        replace: ') return',
        title: 'what is still on its way',
      },
      {
        ...readAnswer,
        find: 'const { rest, resources: pieces, values } = cutBundle(text)\n  receive?.(values * BYTES_OF_VALUE)',
        replace: 'const { rest, resources: pieces } = cutBundle(text)',
        title: 'counts 50 bytes for each value',
      },
      {
        ...heldPages,
        file: 'server/sources/upstream/walk.ts',
        find: '        page.letGo()\n',
        replace: '',
        title: 'lets each page go',
      },
      {
        ...heldPages,
        file: 'server/sources/upstream/walk.ts',
        find: 'loading = load(true)',
        replace: 'loading = load()',
        title: 'read ahead is read when it is needed',
      },
      {
        ...heldPages,
        file: 'server/sources/upstream/read-by-ids.ts',
        find: 'if (page) upstream.letGo(page)',
        replace: '',
        title: 'let go when their rows',
      },
      {
        test: 'tests/long/upstream/large-pages.test.ts',
        file: 'server/sources/transport/send.ts',
        find: 'receive?.(chunk.length)',
        replace: '',
        title: 'thirty',
      },
    ],
  },
  {
    rule: 'One person has four of the 32 places upstream',
    protects: "everybody else's reads",
    at: ['server/sources/upstream/shared-upstream#PLACES'],
    mutants: [{ ...sharedUpstream, find: 'holder: 4,', replace: 'holder: 32,', title: 'J33 J41' }],
  },
  {
    rule: 'A resource in which a member occurs twice is refused',
    protects: 'every record',
    at: ['server/sources/transport/read-answer#parserFor'],
    mutants: [
      {
        ...readAnswer,
        find: 'if (membersIn(value) !== members)',
        replace: 'if (false)',
        title: 'G04 .*twice',
      },
    ],
  },
  {
    rule: 'A decision is about exactly the text that is sent',
    protects: 'every record',
    at: ['server/sources/transport/read-answer#parserFor'],
    mutants: [
      {
        ...readAnswer,
        find: 'const written = parse(text)',
        replace: 'const written = undefined',
        title: 'without its spaces',
      },
    ],
  },
  {
    rule: 'A read answers with the resource that was requested, or none',
    protects: 'every record',
    at: ['server/sources/transport/read-answer#readResource'],
    mutants: [
      {
        ...readAnswer,
        find: 'if (resource.type !== type || resource.id !== id)',
        replace: 'if (resource.type !== type)',
        title: 'G04 .*another id',
      },
    ],
  },
  {
    rule: 'A next page is followed only below the base, by plain names',
    protects: 'the credential; the network',
    at: ['server/sources/transport/next-link#requireBelow'],
    mutants: [
      {
        ...nextLink,
        find: 'url.origin === requireUrl(base).origin &&',
        replace: '',
        title: 'G03 .*leads elsewhere',
      },
      {
        ...nextLink,
        find: 'PLAIN_PATH.test(url.pathname.slice(path.length))',
        replace: 'true',
        title: 'G03 .*%2f',
      },
    ],
  },
  {
    rule: 'An id that names a folder, such as `..`, is no id',
    protects: "upstream's base; links",
    at: ['server/query/reference#ID'],
    mutants: [
      { ...answersTest, file: 'server/query/reference.ts', find: '(?!\\.{1,2}$)', replace: '', title: 'G07' },
    ],
  },
  {
    rule: 'An answer has at most 10 MB and 400,000 values, 50,000 of one resource or outside of them',
    protects: "memory and everybody's turns",
    at: [
      'server/sources/transport/cut-json#scan',
      'server/sources/transport/parse-short',
      'server/sources/transport/send#readText',
    ],
    mutants: [
      {
        file: 'server/sources/transport/read-offer.ts',
        test: 'tests/unit/sources/read-offer.test.ts',
        find: 'JSON.parse(wholePiece(text).text)',
        replace: 'JSON.parse(text)',
        title: '400,000',
      },
      {
        file: 'server/sources/transport/read-offer.ts',
        test: 'tests/unit/sources/read-offer.test.ts',
        find: '.slice(0, MOST_TYPES)',
        replace: '',
        title: 'multiplied',
      },
      {
        file: 'server/sources/transport/read-offer.ts',
        test: 'tests/unit/sources/read-offer.test.ts',
        find: '    .slice(0, MOST_NAMES)\n',
        replace: '',
        title: 'multiplied',
      },
      {
        ...answersTest,
        file: 'server/sources/transport/send.ts',
        find: 'if (isUsed && size > LARGEST_ANSWER)',
        replace: 'if (isUsed && size > 10 * LARGEST_ANSWER)',
        title: 'never ends',
      },
      {
        ...cutJson,
        find: 'values > mostValues || ',
        replace: '',
        title: 'more than 50,000 values',
      },
      {
        ...cutJson,
        find: ' || (resource && values - resource.values > MOST_OF_ONE)',
        replace: '',
        title: 'a page.*values',
      },
      {
        ...cutJson,
        find: 'if (values + restValues > MOST_OF_ONE) throw tooMany()',
        replace: '',
        title: 'values outside of its rows',
      },
      {
        ...backendCredential,
        file: 'server/sources/transport/parse-short.ts',
        find: 'text.length > LONGEST ? undefined : JSON.parse(text)',
        replace: 'JSON.parse(text)',
        title: 'reads no long configuration',
      },
    ],
  },
  {
    rule: 'Others have turns between the steps in which an answer is read',
    protects: "everybody else's requests",
    at: ['server/sources/transport/read-answer#parserFor'],
    mutants: [
      {
        ...readAnswer,
        find: '    const written = parse(text)\n    await pause()\n',
        replace: '    const written = parse(text)\n',
        title: 'lets others have a turn',
      },
    ],
  },
  {
    rule: 'A reference is split into few segments, however long it is',
    protects: "everybody's turns",
    at: [
      'server/query/reference#localReference',
      'server/query/reference#referenceBelow',
      'server/query/reference#statedType',
    ],
    mutants: [
      {
        ...referenceTest,
        find: "text.split('/', MOST_SEGMENTS)",
        replace: "text.split('/')",
        title: 'a relative reference',
      },
      {
        ...referenceTest,
        find: "split('/', ownSegments.length + MOST_SEGMENTS)",
        replace: "split('/')",
        title: 'an? absolute reference',
      },
      {
        ...referenceTest,
        find: 'url.pathname.slice(-LONGEST_END)',
        replace: 'url.pathname',
        title: 'the type that an address',
      },
    ],
  },
  {
    rule: 'The text of a row is kept without its page',
    protects: 'memory',
    at: ['server/sources/transport/cut-json#ownText'],
    mutants: [
      {
        ...cutJson,
        find: 'Buffer.from(text.slice(start, end)).toString()',
        replace: 'text.slice(start, end)',
        title: 'is not kept by the text of a row',
      },
    ],
  },
  {
    rule: "The credential is sent only to the origin of upstream's base",
    protects: "the credential; callers' tokens",
    at: ['server/sources/transport/send'],
    mutants: [],
    why: 'no code passes a header on',
    tests: ['tests/integration/upstream/credential.test.ts', 'tests/integration/upstream/answers.test.ts'],
  },
  {
    rule: 'Of what upstream says, codes of fixed lists are logged, and of an address its origin',
    protects: 'who was searched for, and who was found',
    at: [
      'server/sources/transport/backend-credential#OAUTH_ERRORS',
      'server/sources/transport/next-link#otherBase',
      'server/sources/transport/quote-refusal#quoteRefusal',
    ],
    mutants: [
      {
        ...answersTest,
        file: 'server/sources/transport/quote-refusal.ts',
        find: 'flatMap(codesOf)',
        replace: "flatMap((issue) => [...codesOf(issue), ...stringsAt(issue, 'diagnostics')])",
        title: 'G05 .*names nobody',
      },
      {
        ...readAnswer,
        file: 'server/sources/transport/quote-refusal.ts',
        find: 'CODES.has(code)',
        replace: 'code.length < 64',
        title: 'G05 only codes that R4 lists',
      },
      {
        file: 'server/sources/transport/next-link.ts',
        test: 'tests/integration/upstream/other-base.test.ts',
        find: 'origin: origin.slice(0, LONGEST_ORIGIN)',
        replace: 'origin: origin + path',
        title: 'only the origin and a length',
      },
    ],
  },
  {
    rule: 'While upstream is away, or asks for a pause, requests are refused at once',
    protects: 'upstream; waiting callers',
    at: [
      'server/sources/transport/circuit#createCircuit',
      'server/sources/transport/open-transport#ask',
      'server/sources/transport/open-transport#probe',
    ],
    mutants: [
      {
        ...openTransport,
        find: 'circuit.requireClosed()',
        replace: '',
        title: 'G11 a server that breaks connections',
      },
      {
        ...circuit,
        find: '    if (left > 0) return open(left)\n',
        replace: '',
        title: 'during a probe lasts',
      },
      {
        ...circuit,
        find: 'Math.max(waitUntil, performance.now() + ms)',
        replace: 'performance.now() + ms',
        title: 'is not shortened',
      },
      {
        ...openTransport,
        find: '    if (answer.status === 429) circuit.wait(answer.retryAfter)\n',
        replace: '',
        title: 'when it is tested, is kept',
      },
    ],
  },
  {
    rule: 'A refused token is renewed once for all, and the request sent again',
    protects: "upstream's token endpoint",
    at: ['server/sources/transport/backend-credential#renew', 'server/sources/transport/open-transport#send'],
    mutants: [
      {
        ...backendCredential,
        find: 'clock() - last.endedAt < REST',
        replace: 'false',
        title: 'a new token that is refused|is used for 5 s at least',
      },
      {
        ...backendCredential,
        find: 'last.endedAt === undefined || ',
        replace: 'last.endedAt !== undefined && ',
        title: 'G14',
      },
      {
        file: 'server/sources/transport/open-transport.ts',
        test: 'tests/long/upstream/renewal-in-two-processes.test.ts',
        find: 'return renewed === authorization ? answer : exchanges.exchange({ ...question, authorization: renewed })',
        replace: 'return answer',
        title: 'G14 two processes',
      },
    ],
  },
]
