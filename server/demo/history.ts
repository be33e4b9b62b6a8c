import type {
  AllergyIntolerance,
  CodeableConcept,
  Condition,
  Immunization,
  MedicationRequest,
  Patient,
  Practitioner,
  Reference,
  Resource,
} from '@medplum/fhirtypes'
import { type Day, dateOf } from './calendar.ts'
import type { Health, Problem } from './health.ts'
import { janeDoe, type Person } from './people.ts'
import { type Allergen, allergens, influenza, penicillin, shingles, tetanus, treatments } from './problems.ts'
import type { Random } from './random.ts'

interface Subject {
  readonly id: string
  readonly patient: Reference<Patient>
  readonly performer: Reference<Practitioner>
  readonly health: Health
  readonly visits: readonly Day[]
  readonly last: Day
}

/** Conditions, prescriptions, allergies and immunizations. */
export const history = (person: Person, subject: Subject, random: Random): Resource[] => {
  const allergen = person.key === janeDoe.key ? penicillin : random.pick(allergens)
  const allergic = random.chance(0.28) || person.key === janeDoe.key
  return [
    ...subject.health.problems.flatMap((problem) => [
      condition(subject, problem),
      prescription(subject, problem),
    ]),
    ...(allergic ? [allergy(subject, allergen)] : []),
    ...immunizations(person, subject, random),
  ]
}

const condition = (subject: Subject, problem: Problem): Condition => ({
  resourceType: 'Condition',
  id: `${subject.id}-${problem.name}`,
  meta: {
    profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-health-concerns'],
  },
  clinicalStatus: codeableConcept('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
  verificationStatus: codeableConcept(
    'http://terminology.hl7.org/CodeSystem/condition-ver-status',
    'confirmed',
  ),
  category: [
    codeableConcept('http://terminology.hl7.org/CodeSystem/condition-category', 'problem-list-item'),
  ],
  code: treatments[problem.name].problem,
  subject: subject.patient,
  onsetDateTime: dateOf(subject.last - problem.onsetDaysAgo).slice(0, 7),
  recordedDate: dateOf(subject.last - problem.onsetDaysAgo),
})

const prescription = (subject: Subject, problem: Problem): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id: `${subject.id}-${problem.name}-treatment`,
  meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-medicationrequest'] },
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: treatments[problem.name].medication,
  subject: subject.patient,
  authoredOn: dateOf(subject.last - problem.treatedDaysAgo),
  requester: subject.performer,
  reasonReference: [{ reference: `Condition/${subject.id}-${problem.name}` }],
  dosageInstruction: [{ text: treatments[problem.name].dosage }],
})

const allergy = (subject: Subject, allergen: Allergen): AllergyIntolerance => ({
  resourceType: 'AllergyIntolerance',
  id: `${subject.id}-allergy`,
  meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-allergyintolerance'] },
  clinicalStatus: codeableConcept(
    'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
    'active',
  ),
  verificationStatus: codeableConcept(
    'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
    'confirmed',
  ),
  type: 'allergy',
  category: [allergen.category],
  code: allergen.code,
  patient: subject.patient,
  reaction: [{ manifestation: [{ text: allergen.reaction }] }],
})

/** Influenza at about every second autumn visit, the others once. */
const immunizations = (person: Person, subject: Subject, random: Random): Immunization[] => {
  const autumn = subject.visits.filter((day) => /-(09|10|11|12)-/.test(dateOf(day)) && random.chance(0.6))
  const [first, second] = subject.visits
  const old = Number(person.birthDate.slice(0, 4)) < 1972
  return [
    ...autumn.map((day, index) => immunization(subject, `influenza-${index + 1}`, influenza, day)),
    ...(first !== undefined ? [immunization(subject, 'tetanus', tetanus, first)] : []),
    ...(old && second !== undefined ? [immunization(subject, 'shingles', shingles, second)] : []),
  ]
}

const immunization = (
  subject: Subject,
  name: string,
  vaccineCode: CodeableConcept,
  day: Day,
): Immunization => ({
  resourceType: 'Immunization',
  id: `${subject.id}-${name}`,
  meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-immunization'] },
  status: 'completed',
  vaccineCode,
  patient: subject.patient,
  occurrenceDateTime: dateOf(day),
  primarySource: true,
})

const codeableConcept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })
