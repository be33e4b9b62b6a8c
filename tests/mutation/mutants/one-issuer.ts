import type { Mutant } from '../mutant.ts'

const discovery = {
  file: 'extension/auth/provider/discovery.ts',
  test: 'tests/integration/extension/one-issuer.test.ts',
  project: 'integration',
}

export const mutants: readonly Mutant[] = [
  {
    rule: 'The addresses of a named issuer come from its own document',
    ...discovery,
    find: 'issuer === undefined ? metadata : await confirmIssuer(metadata, issuer, findDocument)',
    replace: 'metadata',
    title: 'J57 .*(own token endpoint|without a document|two hosts)',
  },
  {
    rule: "A record's document that disagrees with its issuer's is refused",
    ...discovery,
    find: '!confirmed || !isConfirmed',
    replace: '!confirmed',
    title: 'J57 .*another token endpoint',
  },
  {
    rule: 'Codes go only to the origin of the sign-in page, unless answers name their issuer',
    ...discovery,
    find: 'if (!namesSender) requireOrigins(',
    replace: 'if (false) requireOrigins(',
    title: 'J57 .*(no issuer|names no sender|CapabilityStatement)',
  },
  {
    rule: "The issuer's own document names no third origin",
    ...discovery,
    find: '  requireOrigins(addressesOf(confirmed), [fhirBase, authorizationEndpoint])\n',
    replace: '',
    title: 'J57 .*revocation endpoint at a third host',
  },
  {
    rule: 'The sign-in page is the configured one',
    ...discovery,
    find: '  requireConfiguredSignIn(confirmed, authorizationEndpoint)\n',
    replace: '',
    title: 'J57 .*a configured login URL',
  },
  {
    rule: 'Autoscan foretells what a sign-in refuses',
    file: 'extension/administration/autoscan.ts',
    find: 'if (error instanceof ProblemError) return { metadata, refusal: error.code }',
    replace: 'if (error instanceof ProblemError) return { metadata }',
    test: 'tests/integration/extension/one-issuer.test.ts',
    project: 'integration',
    title: 'J57 .*Autoscan foretells',
  },
]
