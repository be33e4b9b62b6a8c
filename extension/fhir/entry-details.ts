import { type Detail, type DetailKind, type RecordType, resourceTypeOf } from '../messages/record-lists.ts'
import { conceptCode, conceptName, conceptNames, referenceName } from './concept.ts'
import { type Json, object, objects, words, wordsIn } from './resource.ts'
import { meaningOf, numberText, quantityText, resultValueOf } from './result-value.ts'

type DetailValues = Partial<Record<DetailKind, string | undefined | (string | undefined)[]>>

/** Returns the details of a resource that a person would ask about, besides its name, state and date. */
export const detailsOf = (type: RecordType, resource: Json): Detail[] =>
  Object.entries({ ...byType[resourceTypeOf(type)](resource), note: notesOf(resource) }).flatMap(
    ([what, values]) =>
      [values]
        .flat()
        .flatMap((detail) => (detail === undefined ? [] : { what: what as DetailKind, text: detail }))
        .slice(0, mostOfOneKind),
  )

/** The most details of one kind; a large panel has as many parts. */
const mostOfOneKind = 30

const notesOf = ({ note }: Json) => objects(note).map((each) => words(each.text))

const byType: Record<ReturnType<typeof resourceTypeOf>, (resource: Json) => DetailValues> = {
  Condition: (condition) => ({
    severity: conceptName(condition.severity),
    stage: objects(condition.stage).map(({ summary }) => conceptName(summary)),
    site: conceptNames(condition.bodySite),
    verification: verificationOf(condition),
    ended:
      words(condition.abatementDateTime) ??
      words(object(condition.abatementPeriod).end) ??
      words(condition.abatementString) ??
      quantityText(condition.abatementAge),
    by: referenceName(condition.asserter) ?? referenceName(condition.recorder),
  }),

  MedicationRequest: (request) => ({
    dosage: objects(request.dosageInstruction).map(dosageText),
    intent: ['proposal', 'plan', 'option'].find((code) => code === request.intent),
    reason: reasonsOf(request),
    why: conceptName(request.statusReason),
    by: referenceName(request.requester),
  }),

  MedicationStatement: (statement) => ({
    dosage: objects(statement.dosage).map(dosageText),
    reason: reasonsOf(statement),
    why: conceptNames(statement.statusReason),
    ended: words(object(statement.effectivePeriod).end),
    by: referenceName(statement.informationSource),
  }),

  AllergyIntolerance: (allergy) => ({
    reaction: objects(allergy.reaction).map(reactionText),
    severity: objects(allergy.reaction).map(({ severity }) => words(severity)),
    criticality: words(allergy.criticality),
    category: wordsIn(allergy.category),
    verification: verificationOf(allergy),
    last_time: words(allergy.lastOccurrence),
    by: referenceName(allergy.asserter) ?? referenceName(allergy.recorder),
  }),

  Immunization: (immunization) => ({
    why: conceptName(immunization.statusReason),
    dose: [
      quantityText(immunization.doseQuantity),
      ...objects(immunization.protocolApplied).map(
        ({ doseNumberPositiveInt, doseNumberString }) =>
          words(doseNumberString) ?? numberText(doseNumberPositiveInt),
      ),
    ],
    site: conceptName(immunization.site),
    method: conceptName(immunization.route),
    maker: referenceName(immunization.manufacturer),
    lot: words(immunization.lotNumber),
    reason: reasonsOf(immunization),
    by: objects(immunization.performer).map(({ actor }) => referenceName(actor)),
  }),

  Observation: (observation) => ({
    part: objects(observation.component).map(partText),
    meaning: meaningOf(observation),
    absent: conceptName(observation.dataAbsentReason),
    specimen: referenceName(observation.specimen),
    method: conceptName(observation.method),
    site: conceptName(observation.bodySite),
    by: objects(observation.performer).map(referenceName),
  }),

  DiagnosticReport: (report) => ({
    conclusion: [words(report.conclusion), ...conceptNames(report.conclusionCode)],
    document: objects(report.presentedForm).map(
      ({ title, contentType }) => words(title) ?? words(contentType),
    ),
    category: conceptNames(report.category),
    by: objects(report.performer).map(referenceName),
  }),

  Encounter: (encounter) => ({
    reason: reasonsOf(encounter),
    place: [
      referenceName(encounter.serviceProvider),
      ...objects(encounter.location).map(({ location }) => referenceName(location)),
    ],
    with: objects(encounter.participant).map(({ individual }) => referenceName(individual)),
  }),

  Procedure: (procedure) => ({
    reason: reasonsOf(procedure),
    why: conceptName(procedure.statusReason),
    site: conceptNames(procedure.bodySite),
    conclusion: conceptName(procedure.outcome),
    place: referenceName(procedure.location),
    with: objects(procedure.performer).map(({ actor }) => referenceName(actor)),
  }),
}

/** Returns the verification status, except `confirmed`, which is usual, and `refuted`, which is already the entry's state. */
const verificationOf = ({ verificationStatus }: Json): string | undefined => {
  const code = conceptCode(verificationStatus)
  return code === 'confirmed' || code === 'refuted' ? undefined : code
}

const reasonsOf = ({ reasonCode, reasonReference }: Json) => [
  ...conceptNames(reasonCode),
  ...objects(reasonReference).map(referenceName),
]

/** Returns the dosage as it was written for the patient, or else composed from its parts. */
const dosageText = (dosage: Json): string | undefined => {
  const parts = [
    ...objects(dosage.doseAndRate).map(({ doseQuantity }) => quantityText(doseQuantity)),
    conceptName(object(dosage.timing).code),
    conceptName(dosage.route),
  ]
  return words(dosage.text) ?? words(dosage.patientInstruction) ?? words(parts.filter(Boolean).join(', '))
}

const reactionText = (reaction: Json): string | undefined =>
  words([...conceptNames(reaction.manifestation), words(reaction.description)].filter(Boolean).join(', '))

const partText = (component: Json): string | undefined => {
  const name = conceptName(component.code)
  const result = resultValueOf(component)
  const value = result && `${result.value} ${result.unit}${result.range ? ` (${result.range})` : ''}`.trim()
  return name && value ? `${name}: ${value}` : (value ?? name)
}
