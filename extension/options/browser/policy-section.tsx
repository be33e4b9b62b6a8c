import browser from 'webextension-polyfill'
import type { Policy } from '../../messages/state.ts'
import { Notice } from '../../ui/controls/notice.tsx'
import { t } from '../../ui/words/words.ts'

/** The policy set by the administration of this browser, read-only, and the guide to setting one. */
export const PolicySection = ({ policy }: { policy: Policy | undefined }) => (
  <section id="policy" aria-labelledby="policy-title" class="stack">
    <h2 id="policy-title">{t('policy')}</h2>
    <p class="quiet">{t(policy ? 'policy_lead' : 'policy_none')}</p>
    {policy?.faulty && <Notice kind="refused">{t('policy_faulty')}</Notice>}
    {policy && !policy.faulty && <PolicyList policy={policy} />}
    <p>
      <a href={browser.runtime.getURL('extension/policy/guide.txt')} target="_blank" rel="noopener">
        {t('policy_guide')}
      </a>
    </p>
  </section>
)

const PolicyList = ({ policy }: { policy: Policy }) => {
  const { allowedProviders, forbiddenScopes, longestWindow, locked } = policy
  return (
    <ul class="plain-list">
      {allowedProviders && (
        <li>
          {t('policy_allowed')} <Codes texts={allowedProviders} />
        </li>
      )}
      {forbiddenScopes.length > 0 && (
        <li>
          {t('policy_forbidden')} <Codes texts={forbiddenScopes} />
        </li>
      )}
      {longestWindow && <li>{t(`policy_window_${longestWindow}`)}</li>}
      {locked.map((lock) => (
        <li key={lock}>{t(`policy_locked_${lock}`)}</li>
      ))}
    </ul>
  )
}

const Codes = ({ texts }: { texts: string[] }) => (
  <ul class="plain-list">
    {texts.map((text) => (
      <li key={text}>
        <code>{text}</code>
      </li>
    ))}
  </ul>
)
