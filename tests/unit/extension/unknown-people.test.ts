import { expect, it } from 'vitest'
import { readAccessLog } from '../../../extension/access-log/entries/read-entries.ts'
import type { Client, Parameters } from '../../../extension/fhir/client.ts'
import type { LogFilter } from '../../../extension/messages/administration.ts'

const access = { fhirBase: 'https://clinic.example/fhir', fetch: () => Promise.reject(new Error('none')) }

/** Reads a log without entries, of an organization that states by which of these parameters it knows nobody. */
const nobodyIn = async (filter: LogFilter, unknown: readonly string[]) => {
  const search = async (_type: string, parameters: Parameters) => {
    const names = unknown.filter((name) => parameters[name] !== undefined)
    const issue = names.map((name) => ({
      severity: 'information',
      code: 'not-found',
      location: [`http.${name}`],
    }))
    const resource = { resourceType: 'OperationOutcome', issue }
    const entry = issue.length > 0 ? [{ resource, search: { mode: 'outcome' } }] : []
    return { bundle: { resourceType: 'Bundle', entry }, address: 'https://clinic.example/fhir/AuditEvent' }
  }
  return (await readAccessLog({ search } as unknown as Client, access, undefined, filter)).nobody
}

it('names the part of the filter by which nobody is known', async () => {
  const all = ['patient.name', 'patient.identifier', 'agent-name']
  expect(await nobodyIn({ patient: 'No Such' }, all)).toEqual(['patient'])
  expect(await nobodyIn({ patient: 'MR 99' }, all)).toEqual(['patient'])
  expect(await nobodyIn({ patient: 'X99' }, all), 'by name and by number').toEqual(['patient'])
  expect(await nobodyIn({ agent: 'No Such' }, all)).toEqual(['agent'])
  expect(await nobodyIn({ patient: 'No Such', agent: 'Dr. Such' }, all)).toEqual(['patient', 'agent'])
  expect(await nobodyIn({ patient: 'Jane Doe', agent: 'Dr. Such' }, ['agent-name'])).toEqual(['agent'])
})

it('names no part if somebody is known by a name or number, or the organization does not say', async () => {
  expect(await nobodyIn({ patient: 'X99' }, ['patient.name']), 'the number is known').toBeUndefined()
  expect(await nobodyIn({ patient: 'X99' }, ['patient.identifier']), 'the name is known').toBeUndefined()
  expect(await nobodyIn({ patient: 'Jane Doe' }, [])).toBeUndefined()
  expect(await nobodyIn({ patient: 'Patient/1', outcome: 'failed' }, ['patient.name'])).toBeUndefined()
  expect(await nobodyIn({}, ['patient.name'])).toBeUndefined()
})
