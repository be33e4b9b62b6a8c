import type { ComponentChildren } from 'preact'
import browser from 'webextension-polyfill'
import { KeyMark } from '../ui/controls/icons.tsx'
import { mount } from '../ui/controls/mount.ts'
import { t, type Word } from '../ui/words/words.ts'

/** The page shown once after installation. It needs nothing from the worker, because no data exists yet. */
const Welcome = () => (
  <>
    <header class="stack">
      <h1>
        <KeyMark /> {t('welcome_title')}
      </h1>
      <p class="lead">{t('about_what')}</p>
    </header>
    <main class="welcome-parts">
      <Part title="welcome_begin" sentences={['welcome_key', 'welcome_add']}>
        <p>
          <a class="button primary" href={browser.runtime.getURL('extension/find/index.html')}>
            {t('add_provider')}
          </a>
        </p>
      </Part>
      <Part
        title="welcome_asks"
        sentences={['welcome_asks_nothing', 'welcome_asks_host', 'privacy_password']}
      />
      <Part title="what_it_keeps" sentences={['keeps_session', 'keeps_grant', 'keeps_providers']} />
      <Part title="privacy" sentences={['privacy_direct', 'privacy_log']} />
    </main>
  </>
)

interface Props {
  title: Word
  sentences: Word[]
  children?: ComponentChildren
}

const Part = ({ title, sentences, children }: Props) => (
  <section aria-labelledby={title} class="stack">
    <h2 id={title}>{t(title)}</h2>
    <ul class="plain-list">
      {sentences.map((sentence) => (
        <li key={sentence}>{t(sentence)}</li>
      ))}
    </ul>
    {children}
  </section>
)

mount(<Welcome />, 'welcome', 'welcome_title')
