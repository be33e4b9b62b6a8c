import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import type { State } from '../messages/state.ts'
import { KeyMark } from '../ui/controls/icons.tsx'
import '../ui/controls/keep-press.ts'
import { mount } from '../ui/controls/mount.ts'
import { ProblemNotice } from '../ui/controls/notice.tsx'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { Locked } from '../ui/lock/locked.tsx'
import { useWorkerState } from '../ui/state/use-worker-state.ts'
import { t, type Word } from '../ui/words/words.ts'
import { Applications } from './applications/applications-section.tsx'
import { Configuration } from './browser/configuration-section.tsx'
import { LockSection } from './browser/lock-section.tsx'
import { PolicySection } from './browser/policy-section.tsx'
import { CompareLogs } from './log/compare-logs.tsx'
import { AccessLog } from './log/log-section.tsx'
import { Providers } from './providers/providers-section.tsx'
import type { Draft } from './providers/scanned-form.ts'

const About = () => (
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

interface OptionsPage {
  /** The hash of its address. */
  id: string
  /** Other hashes that open the page, at the element with this id. */
  parts?: string[]
  word: Word
  Content: ComponentType<{ state: State }>
}

const ProvidersAndApplications = ({ state }: { state: State }) => {
  const [draft, setDraft] = useState<Draft>()
  const [scannedBase, setScannedBase] = useState<string>()
  const fillForm = (registration: Draft) => {
    setDraft(registration)
    document.getElementById('configure')?.scrollIntoView()
    document.getElementById('configure-title')?.focus({ preventScroll: true })
  }
  return (
    <>
      <h1>{t('providers_and_applications')}</h1>
      <Providers state={state} draft={draft} onScan={setScannedBase} />
      <Applications state={state} scannedBase={scannedBase} onUse={fillForm} />
    </>
  )
}

/** The first one opens by default. It holds both forms of an administrator, because one fills in the other. */
const PAGES: [OptionsPage, ...OptionsPage[]] = [
  {
    id: 'providers',
    parts: ['configure', 'applications'],
    word: 'providers_and_applications',
    Content: ProvidersAndApplications,
  },
  { id: 'access-log', word: 'access_log', Content: AccessLog },
  { id: 'compare-logs', word: 'compare_logs', Content: CompareLogs },
  {
    id: 'configuration',
    parts: ['policy'],
    word: 'configuration',
    Content: ({ state }) => (
      <>
        <Configuration />
        <PolicySection policy={state.policy} />
      </>
    ),
  },
  { id: 'lock', word: 'lock', Content: ({ state }) => <LockSection lock={state.lock} /> },
  { id: 'about', word: 'about', Content: About },
]

const Options = () => {
  const { state, problem } = useWorkerState()
  const hash = useHash()
  const page = PAGES.find(({ id, parts }) => id === hash || parts?.includes(hash)) ?? PAGES[0]
  useEffect(() => {
    document.title = `${t(page.word)} · ${t('options_title')}`
  }, [page])

  if (state?.lock?.locked)
    return <Locked lock={state.lock} load={() => import('../ui/lock/lock-screen.tsx')} />
  return (
    <>
      <header class="side">
        <p class="brand">
          <KeyMark /> {t('carekey')}
        </p>
        <nav aria-label={t('sections')}>
          <ul>
            {PAGES.map(({ id, word }) => (
              <li key={id}>
                <a href={`#${id}`} {...(id === page.id && { 'aria-current': 'page' as const })}>
                  {t(word)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main>
        {state ? (
          <VisitedPages state={state} page={page} hash={hash} />
        ) : (
          <div class="page">
            <h1>{t(page.word)}</h1>
            {problem ? <ProblemNotice problem={problem} /> : <Skeleton bars={[28, 60, 60, 320]} />}
          </div>
        )}
      </main>
    </>
  )
}

const useHash = (): string => {
  const [hash, setHash] = useState(location.hash.slice(1))
  useEffect(() => {
    const update = () => setHash(location.hash.slice(1))
    addEventListener('hashchange', update)
    return () => removeEventListener('hashchange', update)
  }, [])
  return hash
}

/** Shows the page. Pages opened before stay mounted but hidden, so that nothing typed there or shown only once is lost. */
const VisitedPages = ({ state, page, hash }: { state: State; page: OptionsPage; hash: string }) => {
  const openedPages = useRef(new Set<OptionsPage>())
  const isFirst = openedPages.current.size === 0
  openedPages.current.add(page)
  // The browser cannot scroll to an element that was hidden when the address changed.
  useEffect(() => {
    if (page.parts?.includes(hash)) document.getElementById(hash)?.scrollIntoView({ behavior: 'instant' })
    else scrollTo({ top: 0, behavior: 'instant' })
    const heading = document.querySelector<HTMLElement>('.page:not([hidden]) h1')
    if (!heading || isFirst) return
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }, [page])
  return PAGES.filter((each) => openedPages.current.has(each)).map((each) => (
    <div key={each.id} class={`page ${each.id}`} hidden={each !== page}>
      <each.Content state={state} />
    </div>
  ))
}

mount(<Options />, 'options', 'options_title')
