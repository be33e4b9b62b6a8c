/** Codes of https://terminology.hl7.org/CodeSystem/v2-0203 for numbers that identify a person outside health care too. */
const CODE = /^(SS|SB|PPN|DL|MD|TAX|PRC|CZ|NIIP|NI|NN[A-Z]{0,3})$/
const SYSTEM =
  /^(http:\/\/hl7\.org\/fhir\/sid\/(us-ssn|passport)|urn:oid:2\.16\.840\.1\.113883\.4\.(1|3\.\d+|330(\.\d+)?)$)/
const UUID = /^(urn:uuid:)?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Whether a patient's number, by the codes of its type and its system, identifies the person outside health care too. */
export const isPersonalNumber = (codes: readonly string[], system: string): boolean =>
  codes.some((code) => CODE.test(code)) || SYSTEM.test(system)

/** Whether a number is written for machines, so that nobody reads it out. */
export const isMachineNumber = (value: string): boolean => UUID.test(value)
