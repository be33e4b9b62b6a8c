import {
  cutMark,
  type Detail,
  type DetailKind,
  type RecordType,
  resourceTypeOf,
} from '../messages/record-lists.ts'
import { conceptCode, conceptName, conceptNames, referenceName } from './concept.ts'
import { dosageTerm } from './dosage.ts'
import { type Json, joined, object, prose, textsOf, words, wordsIn } from './resource.ts'
import { meaningsOf, rangeOf, resultValueOf } from './result-value.ts'
import { joinedTerms, numberText, quantityText, said } from './terms.ts'

/** A part has a name of its own, and its value. */
type DetailValue = string | Omit<Detail, 'what'> | undefined
type DetailValues = Partial<Record<DetailKind, DetailValue | DetailValue[]>>

/** Returns the details of a resource that a person would ask about, besides its name, state and date. */
export const detailsOf = (type: RecordType, resource: Json): Detail[] =>
  Object.entries({ ...byType[resourceTypeOf(type)](resource), note: notesOf(resource) }).flatMap(
    ([what, values]) =>
      [values]
        .flat()
        .flatMap((detail) =>
          detail === undefined
            ? []
            : { what: what as DetailKind, ...(typeof detail === 'string' ? { text: detail } : detail) },
        ),
  )

const notesOf = ({ note }: Json) => textsOf(note, (each) => prose(each.text))

const byType: Record<ReturnType<typeof resourceTypeOf>, (resource: Json) => DetailValues> = {
  Condition: (condition) => ({
    severity: conceptName(condition.severity),
    stage: textsOf(condition.stage, ({ summary }) => conceptName(summary)),
    site: conceptNames(condition.bodySite),
    verification: verificationOf(condition),
    ended:
      words(condition.abatementDateTime) ??
      words(object(condition.abatementPeriod).end) ??
      prose(condition.abatementString) ??
      quantityText(condition.abatementAge),
    by: referenceName(condition.asserter) ?? referenceName(condition.recorder),
  }),

  MedicationRequest: (request) => ({
    dosage: dosagesOf(request.dosageInstruction),
    intent: ['proposal', 'plan', 'option'].find((code) => code === request.intent),
    reason: reasonsOf(request),
    why: conceptName(request.statusReason),
    by: referenceName(request.requester),
  }),

  MedicationStatement: (statement) => ({
    dosage: dosagesOf(statement.dosage),
    reason: reasonsOf(statement),
    why: conceptNames(statement.statusReason),
    ended: words(object(statement.effectivePeriod).end),
    by: referenceName(statement.informationSource),
  }),

  AllergyIntolerance: (allergy) => ({
    reaction: textsOf(allergy.reaction, reactionText),
    severity: textsOf(allergy.reaction, ({ severity }) => words(severity)),
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
      ...textsOf(
        immunization.protocolApplied,
        ({ doseNumberPositiveInt, doseNumberString }) =>
          words(doseNumberString) ?? numberText(doseNumberPositiveInt),
      ),
    ],
    site: conceptName(immunization.site),
    method: conceptName(immunization.route),
    maker: referenceName(immunization.manufacturer),
    lot: words(immunization.lotNumber),
    reason: reasonsOf(immunization),
    by: textsOf(immunization.performer, ({ actor }) => referenceName(actor)),
  }),

  Observation: (observation) => ({
    part: textsOf(observation.component, partOf),
    meaning: meaningsOf(observation).map((text) => ({ text })),
    absent: conceptName(observation.dataAbsentReason),
    specimen: referenceName(observation.specimen),
    method: conceptName(observation.method),
    site: conceptName(observation.bodySite),
    by: textsOf(observation.performer, referenceName),
  }),

  DiagnosticReport: (report) => ({
    conclusion: [prose(report.conclusion), ...conceptNames(report.conclusionCode)],
    document: textsOf(report.presentedForm, ({ title, contentType }) => words(title) ?? words(contentType)),
    category: conceptNames(report.category),
    by: textsOf(report.performer, referenceName),
  }),

  Encounter: (encounter) => ({
    reason: reasonsOf(encounter),
    place: [
      referenceName(encounter.serviceProvider),
      ...textsOf(encounter.location, ({ location }) => referenceName(location)),
    ],
    with: textsOf(encounter.participant, ({ individual }) => referenceName(individual)),
  }),

  Procedure: (procedure) => ({
    reason: reasonsOf(procedure),
    why: conceptName(procedure.statusReason),
    site: conceptNames(procedure.bodySite),
    conclusion: conceptName(procedure.outcome),
    place: referenceName(procedure.location),
    with: textsOf(procedure.performer, ({ actor }) => referenceName(actor)),
  }),
}

/** Returns the verification status, except `confirmed`, which is usual, and `refuted`, which is already the entry's state. */
const verificationOf = ({ verificationStatus }: Json): string | undefined => {
  const code = conceptCode(verificationStatus)
  return code === 'confirmed' || code === 'refuted' ? undefined : code
}

const reasonsOf = ({ reasonCode, reasonReference }: Json) => [
  ...conceptNames(reasonCode),
  ...textsOf(reasonReference, referenceName),
]

const dosagesOf = (dosages: unknown): DetailValue[] => {
  const isOnly = Array.isArray(dosages) && dosages.length === 1
  return textsOf(dosages, (dosage): DetailValue => {
    const text = dosageTerm(dosage, isOnly)
    return text === undefined ? undefined : { text }
  })
}

const reactionText = (reaction: Json): string | undefined =>
  joined([...conceptNames(reaction.manifestation), prose(reaction.description)])

/** Says a component: `7.1 mmol/L (3.5 – 5.1), very high`. */
const partOf = (component: Json): DetailValue => {
  const { code, dataAbsentReason } = component
  const name = conceptName(code)
  const result = resultValueOf(component)
  const range = rangeOf(component, result?.unit ?? '')
  const flag = result?.flag
  const text = joinedTerms(', ', [
    joinedTerms(' ', [result?.value, result?.unit, range && joinedTerms('', ['(', range, ')'])]),
    flag && { flag },
    ...meaningsOf(component),
    dataAbsentReason == null ? undefined : (said('no_value', conceptName(dataAbsentReason)) ?? cutMark),
  ])
  if (text === undefined) return name
  return name === undefined ? { text } : { name, text }
}
