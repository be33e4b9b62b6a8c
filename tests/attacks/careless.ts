import type { Resource } from '@medplum/fhirtypes'
import type { Twist } from '../fakes/medplum-upstream.ts'
import { records } from './records.ts'

/**
 * A FHIR server as careless as the worst of them: it counts nothing, names its private address, and adds resources of pb's and a
 * remark that nobody asked for.
 */
export const careless: Twist = {
  answer: (bundle) => {
    bundle.total = 0
    bundle.link = [...(bundle.link ?? []), { relation: 'self', url: 'http://private.internal/fhir' }]
    const unasked = records.filter(({ id }) => id.startsWith('b-') || id === 'pb') as Resource[]
    const remark: Resource = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'information', code: 'informational' }],
    }
    bundle.entry = [
      ...(bundle.entry ?? []),
      ...unasked.map((resource) => ({ resource, search: { mode: 'include' as const } })),
      { resource: remark, search: { mode: 'outcome' } },
    ]
  },
}
