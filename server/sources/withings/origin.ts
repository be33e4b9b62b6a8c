import { type PreparedResource, prepare } from '../../fhir/index/put-resource.ts'

/** The `ResourceTable.origin` of what is here because a person signed in with Withings. */
export const ORIGIN = 'withings'

/** As `prepare`, for a resource that comes from Withings. @throws ResourceRefused */
export const prepareOwn = (...source: Parameters<typeof prepare>): PreparedResource => {
  const { row, index } = prepare(...source)
  return { row: { ...row, origin: ORIGIN }, index }
}
