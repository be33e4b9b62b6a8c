import { requireUrl } from '../../../values/parse-address.ts'
import type { Brand } from '../../messages/brands.ts'

/** Leads to a patient portal. A list can name any address after any organization, so the host stands beside the name. */
export const PortalLink = ({ name, address }: NonNullable<Brand['portal']>) => {
  const { host } = requireUrl(address)
  return (
    <p class="small">
      <a href={address} target="_blank" rel="noopener noreferrer">
        {name}
      </a>{' '}
      {name !== host && <span class="host">{host}</span>}
    </p>
  )
}
