import { useEffect, useState } from 'preact/hooks'
import { KeyMark } from '../ui/icons.tsx'
import { Locked } from '../ui/locked.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { useSectionInView } from '../ui/use-section-in-view.ts'
import { useWorkerState } from '../ui/use-worker-state.ts'
import { t, type Word } from '../ui/words.ts'
import { About } from './about.tsx'
import { AccessLog } from './access-log.tsx'
import { Applications } from './applications.tsx'
import { CompareLogs } from './compare-logs.tsx'
import { Configuration } from './configuration.tsx'
import { LockSection } from './lock-section.tsx'
import { PolicySection } from './policy-section.tsx'
import { Providers } from './providers.tsx'
import type { Draft } from './scanned-form.ts'

const SECTIONS: { id: string; word: Word }[] = [
  { id: 'providers', word: 'providers' },
  { id: 'applications', word: 'applications' },
  { id: 'access-log', word: 'access_log' },
  { id: 'compare-logs', word: 'compare_logs' },
  { id: 'configuration', word: 'configuration' },
  { id: 'lock', word: 'lock' },
  { id: 'policy', word: 'policy' },
  { id: 'about', word: 'about' },
]

export const Options = () => {
  const { state, problem } = useWorkerState()
  const [draft, setDraft] = useState<Draft>()
  const ready = state !== undefined && !state.lock?.locked
  // The browser could not scroll to the section in the address, because it did not exist yet when the page opened.
  useEffect(() => {
    if (ready && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView()
  }, [ready])

  const fillForm = (registration: Draft) => {
    setDraft(registration)
    document.getElementById('configure')?.scrollIntoView()
    document.getElementById('configure-title')?.focus({ preventScroll: true })
  }

  if (state?.lock?.locked) return <Locked lock={state.lock} load={() => import('../ui/lock-screen.tsx')} />
  return (
    <>
      <header class="side">
        <h1>
          <KeyMark /> {t('carekey')}
        </h1>
        <SectionList sections={SECTIONS.filter(({ id }) => id !== 'policy' || state?.policy)} />
      </header>
      <main>
        {state ? (
          <>
            <Providers state={state} draft={draft} />
            <Applications state={state} onUse={fillForm} />
            <AccessLog state={state} />
            <CompareLogs />
            <Configuration />
            <LockSection lock={state.lock} />
            {state.policy && <PolicySection policy={state.policy} />}
            <About />
          </>
        ) : problem ? (
          <ProblemNotice problem={problem} />
        ) : (
          <Skeleton bars={[28, 60, 60, 320]} />
        )}
      </main>
    </>
  )
}

const SectionList = ({ sections }: { sections: typeof SECTIONS }) => {
  const [current, select] = useSectionInView(sections.map((section) => section.id))
  return (
    <nav aria-label={t('sections')}>
      <ul>
        {sections.map(({ id, word }) => (
          <li key={id}>
            <a
              href={`#${id}`}
              onClick={() => select(id)}
              {...(id === current && { 'aria-current': 'true' as const })}
            >
              {t(word)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
