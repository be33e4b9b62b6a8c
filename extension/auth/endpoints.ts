import type { Endpoints } from '../storage/items.ts'
import type { DiscoveredServer } from './discovery.ts'

/** What is kept of a server that gave a grant. */
export const endpointsOf = (server: DiscoveredServer): Endpoints => ({
  issuer: server.issuer,
  token_endpoint: server.token_endpoint,
  ...(server.revocation_endpoint && { revocation_endpoint: server.revocation_endpoint }),
  ...(server.registration_endpoint && { registration_endpoint: server.registration_endpoint }),
  ...(server.managementEndpoint && { management_endpoint: server.managementEndpoint }),
  ...(server.accessLogEndpoint && { access_log_endpoint: server.accessLogEndpoint }),
})
