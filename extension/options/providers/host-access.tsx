import { useEffect, useState } from 'preact/hooks'
import type { Provider } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { hasHostAccess, requestHostAccess, watchHostAccess } from '../../ui/provider/host-access.ts'
import { t } from '../../ui/words/words.ts'

/** A button shown if the browser lacks access to the organization's host, because people can deny or revoke it. */
export const HostAccess = ({ provider }: { provider: Provider }) => {
  const urls = [provider.fhirBase, provider.authorizationEndpoint]
  const [isMissing, setMissing] = useState(false)
  useEffect(() => {
    const check = () =>
      hasHostAccess(urls).then(
        (has) => setMissing(!has),
        () => setMissing(false),
      )
    check()
    return watchHostAccess(check)
  }, [urls.join()])
  if (!isMissing) return null
  const host = URL.parse(provider.fhirBase)?.hostname ?? ''
  return <Button onClick={() => requestHostAccess(urls)}>{t('allow_host', host)}</Button>
}
