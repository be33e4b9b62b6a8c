import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { requireUrl } from '../../values/parse-address.ts'
import { ask } from '../messages/ask.ts'
import type { FoundOrganizations } from '../messages/brands.ts'
import type { State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { Field } from '../ui/controls/field.tsx'
import { KeyMark } from '../ui/controls/icons.tsx'
import '../ui/controls/keep-press.ts'
import { mount } from '../ui/controls/mount.ts'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { Locked } from '../ui/lock/locked.tsx'
import { requestAccess, typedAddress } from '../ui/provider/host-access.ts'
import { useAction } from '../ui/state/use-action.ts'
import { useWorkerState } from '../ui/state/use-worker-state.ts'
import { count, t } from '../ui/words/words.ts'
import { OrganizationCard } from './organization-card.tsx'

/** Problems that arise when somebody enters the address of the website instead of the record's. */
const WRONG_ADDRESS = ['not-fhir-server', 'discovery-failed', 'unreachable']

/**
 * The page on which a person finds an organization where they are a patient, and signs in there. It is a tab, because a
 * permission prompt closes a popup.
 *
 * @param address an address to begin with. Nothing is sent there before the person clicks.
 */
const FindPage = ({ address }: { address: string }) => {
  const { state, problem } = useWorkerState()
  if (state?.lock?.locked)
    return <Locked lock={state.lock} load={() => import('../ui/lock/lock-screen.tsx')} />
  return (
    <main>
      <h1>
        <KeyMark /> {t('find_title')}
      </h1>
      {state?.policy?.locked.includes('providers') ? (
        <ProblemNotice problem={{ code: 'policy-forbids' }} />
      ) : state ? (
        <Search state={state} address={address} />
      ) : problem ? (
        <ProblemNotice problem={problem} />
      ) : (
        <Skeleton bars={[60, 76, 76]} />
      )}
    </main>
  )
}

const Search = ({ state, address: given }: { state: State; address: string }) => {
  const [text, setText] = useState(given)
  const [results, setResults] = useState<{ by: string; result: FoundOrganizations }>()
  const hasSearched = useRef(false)
  const search = useAction(async (by: string, address?: string) => {
    hasSearched.current = true
    setResults(undefined)
    // In the click itself, as browsers require. Scans even without access: the organization may allow every origin.
    if (address) await requestAccess(address)
    setResults({ by, result: await ask('find-organizations', { text: by, ...(address && { address }) }) })
  })
  // Shows the organizations of the directory before anybody types.
  useEffect(() => {
    if (given === '')
      ask('find-organizations', { text: '' }).then(
        (result) => hasSearched.current || setResults({ by: '', result }),
        () => undefined,
      )
    document.querySelector('input')?.focus()
  }, [])
  const address = typedAddress(text)
  const submit = (event: Event) => {
    event.preventDefault()
    search.run(text.trim(), address)
  }
  const host = address && requireUrl(address).host
  return (
    <>
      <p>{t('find_lead')}</p>
      <form onSubmit={submit} aria-label={t('find_title')} noValidate>
        <Field
          label={t('find_text')}
          value={text}
          onValue={setText}
          hint={host ? t('find_address_hint', host) : t('find_text_hint')}
          beside={
            <Button type="submit" look="primary" busy={search.isRunning}>
              {t('find_do')}
            </Button>
          }
        />
      </form>
      {search.isRunning && host && <Notice kind="waiting">{t('autoscan_running', host)}</Notice>}
      {search.problem && (
        <ProblemNotice problem={search.problem} organization={host}>
          {WRONG_ADDRESS.includes(search.problem.code) && t('find_address_failed')}
        </ProblemNotice>
      )}
      {results && <Found by={results.by} result={results.result} state={state} />}
      <p class="quiet small">
        {t('find_by_hand')}{' '}
        <a href={browser.runtime.getURL('extension/options/index.html#configure')}>
          {t('find_by_hand_link')}
        </a>
      </p>
    </>
  )
}

const Found = ({ by, result, state }: { by: string; result: FoundOrganizations; state: State }) => {
  const { organizations, total } = result
  if (total === 0) return by === '' ? null : <Notice kind="empty">{t('find_none')}</Notice>
  return (
    <>
      <p class="quiet" role="status">
        {count('brands_found', total)} {total > organizations.length && t('brands_cut', organizations.length)}
      </p>
      <ul class="found" aria-label={t('brands_matches')}>
        {organizations.map((organization) => (
          <li key={`${organization.label} ${organization.place} ${organization.fhirBase}`}>
            <OrganizationCard organization={organization} state={state} />
          </li>
        ))}
      </ul>
    </>
  )
}

export const showFindPage = (address: string): void =>
  mount(<FindPage address={address} />, 'find', 'find_title')
