import { SEARCH_PARAMETERS, STORED_TYPES } from '../../server/query/parameters.ts'

/** Where HAPI thinks that it is: its name behind the proxy. */
export const PRIVATE_BASE = 'http://hapi.internal:8080/fhir'

const MORE_PARAMETERS = ['_content', '_filter', '_profile', '_security', '_source', '_tag', '_text']

const resourceOf = (type: string) => {
  const parameters = Object.entries(SEARCH_PARAMETERS[type] ?? {}).filter(([name]) => !name.includes('.'))
  const references = parameters.filter(([, { kind }]) => kind === 'reference').map(([name]) => name)
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: [
      'create',
      'delete',
      'history-instance',
      'patch',
      'read',
      'search-type',
      'update',
      'vread',
    ].map((code) => ({ code })),
    versioning: 'versioned-update',
    conditionalCreate: true,
    conditionalDelete: 'multiple',
    searchInclude: ['*', ...references.map((name) => `${type}:${name}`)],
    searchRevInclude: ['Observation:subject', 'Provenance:target'],
    searchParam: [...MORE_PARAMETERS, ...parameters.map(([name]) => name)].map((name) => ({
      name,
      type: 'token',
    })),
    operation: [
      { name: 'everything', definition: `${PRIVATE_BASE}/OperationDefinition/Patient-it-everything` },
      { name: 'expunge', definition: `${PRIVATE_BASE}/OperationDefinition/Multi-it-expunge` },
    ],
  }
}

/** What HAPI offers: everything that Carekey searches by, and much that it must not claim. */
export const hapiStatement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  software: { name: 'HAPI FHIR Server', version: '8.4.0' },
  implementation: { description: 'HAPI FHIR R4 Server', url: PRIVATE_BASE },
  fhirVersion: '4.0.1',
  format: ['application/fhir+xml', 'xml', 'application/fhir+json', 'json', 'html/json', 'html/xml'],
  patchFormat: ['application/fhir+json', 'application/json-patch+json'],
  rest: [
    {
      mode: 'server',
      resource: [...STORED_TYPES, 'Binary', 'Subscription'].map(resourceOf),
      interaction: [{ code: 'transaction' }, { code: 'history-system' }],
      operation: [{ name: 'reindex', definition: `${PRIVATE_BASE}/OperationDefinition/-s-reindex` }],
    },
  ],
}
