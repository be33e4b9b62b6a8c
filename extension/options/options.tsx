import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import type { State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { KeyMark, Plus } from '../ui/controls/icons.tsx'
import '../ui/controls/keep-press.ts'
import { mount } from '../ui/controls/mount.ts'
import { ProblemNotice } from '../ui/controls/notice.tsx'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { Locked } from '../ui/lock/locked.tsx'
import { useWorkerState } from '../ui/state/use-worker-state.ts'
import { t, type Word } from '../ui/words/words.ts'
import { ApplicationsPage } from './applications/applications-page.tsx'
import { Applications } from './applications/applications-section.tsx'
import { Configuration } from './browser/configuration-section.tsx'
import { LockSection } from './browser/lock-section.tsx'
import { PolicySection } from './browser/policy-section.tsx'
import { UnitsSection } from './browser/units-section.tsx'
import { CompareLogs } from './log/compare-logs.tsx'
import { AccessLog } from './log/log-section.tsx'
import { OrganizationsPage } from './organizations/organizations-page.tsx'
import { ConfiguredOrganizations } from './providers/configured-organizations.tsx'
import type { Draft } from './providers/scanned-form.ts'
import { showPart } from './providers/show-part.ts'

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

/** Both forms of an administrator, because one fills in the other. */
const Administration = ({ state }: { state: State }) => {
  const [draft, setDraft] = useState<Draft>()
  const [scannedBase, setScannedBase] = useState<string>()
  const fillForm = (registration: Draft) => {
    setDraft(registration)
    showPart('configure')
  }
  return (
    <>
      <div class="row spread">
        <h1>{t('administration')}</h1>
        <Button onClick={() => showPart('register')}>
          <Plus /> {t('register')}
        </Button>
      </div>
      <ConfiguredOrganizations state={state} draft={draft} onScan={setScannedBase} />
      <Applications state={state} scannedBase={scannedBase} onUse={fillForm} />
    </>
  )
}

/** What everybody sees. The first one opens by default. */
const PAGES: [OptionsPage, ...OptionsPage[]] = [
  { id: 'organizations', word: 'organizations', Content: OrganizationsPage },
  { id: 'lock', word: 'lock', Content: ({ state }) => <LockSection lock={state.lock} /> },
  {
    id: 'units',
    word: 'language_and_units',
    Content: ({ state }) => <UnitsSection units={state.units} />,
  },
  { id: 'about', word: 'about', Content: About },
]

/** What a patient never needs: the first one is a link at the end, and leads to the others. */
const ADMINISTRATION: [OptionsPage, ...OptionsPage[]] = [
  {
    id: 'administration',
    parts: ['configure', 'register'],
    word: 'administration',
    Content: Administration,
  },
  { id: 'applications', word: 'applications', Content: ApplicationsPage },
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
]

const ALL_PAGES = [...PAGES, ...ADMINISTRATION]

const Options = () => {
  const { state, problem } = useWorkerState()
  const hash = useHash()
  const page = ALL_PAGES.find(({ id, parts }) => id === hash || parts?.includes(hash)) ?? PAGES[0]
  const isAdministrator =
    ADMINISTRATION.includes(page) ||
    state?.connections.some(({ signedIn, person }) => signedIn && person.role === 'administrator')
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
          <Links pages={PAGES} current={page} />
          <Links pages={isAdministrator ? ADMINISTRATION : [ADMINISTRATION[0]]} current={page} />
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

const Links = ({ pages, current }: { pages: OptionsPage[]; current: OptionsPage }) => (
  <ul>
    {pages.map(({ id, word }) => (
      <li key={id}>
        <a href={`#${id}`} {...(id === current.id && { 'aria-current': 'page' as const })}>
          {t(word)}
        </a>
      </li>
    ))}
  </ul>
)

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
  return ALL_PAGES.filter((each) => openedPages.current.has(each)).map((each) => (
    <div key={each.id} class={`page ${each.id}`} hidden={each !== page}>
      <each.Content state={state} />
    </div>
  ))
}

mount(<Options />, 'options', 'options_title')
