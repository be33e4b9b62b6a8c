import type { CodeableConcept } from '@medplum/fhirtypes'
import type { ProblemName } from './health.ts'

interface Treatment {
  readonly problem: CodeableConcept
  readonly medication: CodeableConcept
  readonly dosage: string
}

const icd10 = (code: string, display: string, text: string): CodeableConcept => ({
  coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code, display }],
  text,
})

const rxnorm = (code: string, display: string): CodeableConcept => ({
  coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code, display }],
  text: display,
})

const cvx = (code: string, text: string): CodeableConcept => ({
  coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code, display: text }],
  text,
})

export const treatments: Readonly<Record<ProblemName, Treatment>> = {
  hypertension: {
    problem: icd10('I10', 'Essential (primary) hypertension', 'High blood pressure'),
    medication: rxnorm('314076', 'lisinopril 10 MG Oral Tablet'),
    dosage: 'One tablet by mouth every morning',
  },
  diabetes: {
    problem: icd10('E11.9', 'Type 2 diabetes mellitus without complications', 'Type 2 diabetes'),
    medication: rxnorm('861007', 'metformin hydrochloride 500 MG Oral Tablet'),
    dosage: 'One tablet by mouth twice a day with meals',
  },
  cholesterol: {
    problem: icd10('E78.5', 'Hyperlipidemia, unspecified', 'High cholesterol'),
    medication: rxnorm('617310', 'atorvastatin 20 MG Oral Tablet'),
    dosage: 'One tablet by mouth every evening',
  },
  asthma: {
    problem: icd10('J45.909', 'Unspecified asthma, uncomplicated', 'Asthma'),
    medication: rxnorm('745679', 'albuterol 0.09 MG/ACTUAT Metered Dose Inhaler'),
    dosage: 'Two puffs when short of breath, at most every four hours',
  },
  reflux: {
    problem: icd10('K21.9', 'Gastro-esophageal reflux disease without esophagitis', 'Acid reflux'),
    medication: rxnorm('198051', 'omeprazole 20 MG Delayed Release Oral Capsule'),
    dosage: 'One capsule by mouth before breakfast',
  },
  depression: {
    problem: icd10('F32.A', 'Depression, unspecified', 'Depression'),
    medication: rxnorm('312941', 'sertraline 50 MG Oral Tablet'),
    dosage: 'One tablet by mouth every morning',
  },
  osteoarthritis: {
    problem: icd10('M19.90', 'Unspecified osteoarthritis, unspecified site', 'Osteoarthritis'),
    medication: rxnorm('313782', 'acetaminophen 325 MG Oral Tablet'),
    dosage: 'Two tablets by mouth when in pain, at most four times a day',
  },
}

export interface Allergen {
  readonly category: 'medication' | 'food' | 'environment'
  readonly code: CodeableConcept
  readonly reaction: string
}

export const penicillin: Allergen = {
  category: 'medication',
  code: rxnorm('7980', 'penicillin G'),
  reaction: 'Hives',
}

export const allergens: readonly [Allergen, ...Allergen[]] = [
  penicillin,
  { category: 'medication', code: rxnorm('10180', 'sulfamethoxazole'), reaction: 'Rash' },
  { category: 'medication', code: rxnorm('1191', 'aspirin'), reaction: 'Wheezing' },
  { category: 'food', code: { text: 'Peanut' }, reaction: 'Swelling of the lips' },
  { category: 'food', code: { text: 'Shellfish' }, reaction: 'Hives' },
  { category: 'environment', code: { text: 'Ragweed pollen' }, reaction: 'Sneezing and itching eyes' },
]

export const influenza = cvx('140', 'Influenza, seasonal, injectable, preservative free')
export const tetanus = cvx('115', 'Tdap')
export const shingles = cvx('187', 'Zoster recombinant')
