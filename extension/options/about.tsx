import browser from 'webextension-polyfill'
import { t } from '../ui/words/words.ts'

export const About = () => (
  <section id="about" aria-labelledby="about-title" class="stack">
    <h1 id="about-title">{t('about')}</h1>
    <p>{t('about_what')}</p>
    <h2>{t('what_it_keeps')}</h2>
    <ul class="plain-list">
      <li>{t('keeps_providers')}</li>
      <li>{t('keeps_session')}</li>
      <li>{t('keeps_key')}</li>
      <li>{t('keeps_grant')}</li>
      <li>{t('keeps_lock')}</li>
    </ul>
    <h2>{t('privacy')}</h2>
    <ul class="plain-list">
      <li>{t('privacy_direct')}</li>
      <li>{t('privacy_password')}</li>
      <li>{t('privacy_log')}</li>
    </ul>
    <p class="quiet">{t('version', browser.runtime.getManifest().version)}</p>
  </section>
)
