import { redirectAddress } from '../../../values/extension-addresses.ts'
import type { Provider } from '../../messages/state.ts'
import { CopyField } from '../../ui/controls/copy-button.tsx'
import { redirectAddresses } from '../../ui/provider/own-redirects.ts'
import { t } from '../../ui/words/words.ts'

/** The redirect addresses to register at an organization, with copy buttons because it compares them exactly. */
export const RedirectAddresses = ({ own, provider }: { own: string; provider: Provider }) => (
  <section class="card stack" aria-labelledby="redirects-title">
    <h3 id="redirects-title">{t('redirects_title')}</h3>
    <p class="quiet">{t('redirects_lead', provider.label)}</p>
    {redirectAddresses(own, provider.fhirBase).map(({ browser, address }) => (
      <CopyField
        key={browser}
        label={t(`redirects_${browser}`)}
        value={address}
        hint={address === redirectAddress(own, provider.fhirBase) ? t('redirects_own') : undefined}
      />
    ))}
  </section>
)
