/** The organizations this build knows; filled in by `vite.config.ts`. */
declare const __KNOWN_PROVIDERS__: {
  id: string
  name: string
  about?: string
  fhirBase: string
  authorizationEndpoint?: string
  clientId: string
}[]
