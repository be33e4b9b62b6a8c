import type { Mutant } from '../mutant.ts'

const contents = { test: 'tests/unit/fhir/contents.test.ts', project: 'unit' }
const file = 'server/query/contents.ts'

/** Whose the resources inside a resource are. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'No resource is stored that contains one of another patient',
    file: 'server/fhir/index/put-resource.ts',
    find: 'if (foreign !== undefined) throw',
    replace: "if (foreign === '') throw",
    test: 'tests/integration/import/contained.test.ts',
    project: 'integration',
    title: 'J14 an import on sqlite',
  },
  {
    rule: 'A resource inside is judged by the patient compartment of every R4 type, not only of those that are served',
    file,
    find: 'const elements = OF_PATIENTS.get(type) ?? OTHERS.get(type)',
    replace: "const elements = type === 'AuditEvent' ? [] : (OF_PATIENTS.get(type) ?? OTHERS.get(type))",
    ...contents,
    title: 'in each of the elements',
  },
  {
    rule: 'A reference that cannot be resolved may name anybody',
    file,
    find: 'return namesNobody || !mayNamePatient(reference, type) ? undefined : UNKNOWN',
    replace: 'return namesNobody || !mayNamePatient(reference, type) || reference ? undefined : UNKNOWN',
    ...contents,
    title: 'in each of the elements',
  },
  {
    rule: 'A reference by identifier may name anybody',
    file,
    find: 'reference === undefined && identifier === undefined',
    replace: 'reference === undefined && identifier !== null',
    ...contents,
    title: 'in each of the elements',
  },
  {
    rule: 'A reference to a resource inside counts only if that is there, where it is judged itself',
    file,
    find: "(reference.startsWith('#') && ids.has(reference.slice(1)))",
    replace: "reference.startsWith('#') || ids.has(reference.slice(1))",
    ...contents,
    title: 'in each of the elements',
  },
  {
    rule: 'A Patient inside is a stranger unless a link says who it is',
    file,
    find: "if (type === 'Patient' && patients.length === 0)",
    replace: "if (type === '' && patients.length === 0)",
    ...contents,
    title: 'a Patient that no link names',
  },
  {
    rule: 'What R4 does not know may be anything',
    file,
    find: "unknown: 'what it is', isOfPatients: true }",
    replace: 'isOfPatients: false }',
    ...contents,
    title: 'no resource that R4 has',
  },
  {
    rule: 'A resource inside is judged at every place and depth',
    file,
    find: "if (isObject(node) && Object.hasOwn(node, 'resourceType')) nested.add(node)",
    replace: '',
    ...contents,
    title: 'at every place and depth',
  },
  {
    rule: 'A resource inside names each patient of the whole, or none',
    file,
    find: 'if (own.length > 0 && own.length < owners.length)',
    replace: 'if (own.length > 0 && own.length < 0)',
    ...contents,
    title: 'each patient of the whole',
  },
  {
    rule: 'A resource inside one that is shared by all is of no patient',
    file,
    find: 'if (isOfPatients && isSharedType(type))',
    replace: "if (isOfPatients && type === '')",
    ...contents,
    title: 'shared by all',
  },
  {
    rule: 'Only the types of a list are shared by all',
    file: 'server/query/compartment.ts',
    find: 'return RESTRICTIONS[type] ?? DEFINITION[type] ?? []',
    replace: 'return RESTRICTIONS[type] ?? DEFINITION[type] ?? SHARED',
    ...contents,
    title: 'only the types of a list',
  },
]
