import { useEffect, useState } from 'preact/hooks'
import type { Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Notice, ProblemNotice, REVOCATION_KINDS, SIGNED_OUT_WORDS } from '../../ui/controls/notice.tsx'
import { DisconnectEverywhere } from '../../ui/provider/disconnect-everywhere.tsx'
import { type EndedConnection, endEverywhere } from '../../ui/provider/end-everywhere.ts'
import { hasHostAccess, requestHostAccess, watchHostAccess } from '../../ui/provider/host-access.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { ofPerson } from '../../ui/words/outside-words.ts'
import { SourceLetter } from '../../ui/words/source-mark.tsx'
import { t } from '../../ui/words/words.ts'
import { BrandSearch } from './brand-search.tsx'
import { ProviderForm } from './provider-form.tsx'
import type { Draft } from './scanned-form.ts'

interface Props {
  state: State
  /** The application that was just registered. */
  draft: Draft | undefined
  /** Receives the FHIR base that a scan found. */
  onScan: (fhirBase: string | undefined) => void
}

export const Providers = ({ state, draft, onScan }: Props) => {
  const [selection, setSelection] = useState<{ id?: string; turn: number }>({ turn: 0 })
  const choose = (id?: string) => setSelection({ ...(id && { id }), turn: selection.turn + 1 })
  const savedProvider = state.providers.find((provider) => provider.id === selection.id)
  const [ended, setEnded] = useState<EndedConnection[]>([])
  const endAll = useAction(async () => setEnded(await endEverywhere(state)))
  const [brandDraft, setBrandDraft] = useState<Draft>()
  useEffect(() => {
    setBrandDraft(undefined)
    if (draft) choose()
  }, [draft])

  const edit = (id?: string, newDraft?: Draft) => {
    setBrandDraft(newDraft)
    choose(id)
    document.getElementById('configure')?.scrollIntoView()
    document.getElementById('configure-title')?.focus({ preventScroll: true })
  }

  return (
    <section id="providers" aria-labelledby="providers-title" class="stack">
      <h2 id="providers-title">{t('providers')}</h2>
      <p class="quiet">{t(state.providers.length > 0 ? 'providers_lead' : 'providers_none')}</p>
      <ul class="providers">
        {state.providers.map((provider) => (
          <ProviderRow key={provider.id} provider={provider} onEdit={() => edit(provider.id)} />
        ))}
      </ul>
      <DisconnectEverywhere
        state={state}
        label={t('disconnect_everywhere')}
        busy={endAll.isRunning}
        onConfirm={endAll.run}
      />
      {endAll.problem && <ProblemNotice problem={endAll.problem} />}
      {ended.map(({ id, outcome, providerName, person }) => (
        <Notice key={id} kind={REVOCATION_KINDS[outcome]}>
          {ofPerson(person.name, t(SIGNED_OUT_WORDS[outcome], providerName))}
        </Notice>
      ))}
      {savedProvider && <Button onClick={() => edit()}>{t('new_provider')}</Button>}
      {!state.policy?.locked.includes('providers') && (
        <BrandSearch onChoose={(brand) => edit(undefined, brand)} />
      )}
      <ProviderForm
        key={selection.turn}
        state={state}
        saved={savedProvider}
        draft={savedProvider ? undefined : (brandDraft ?? draft)}
        onScan={onScan}
        onSaved={(provider) => setSelection({ ...selection, id: provider.id })}
        onRemoved={() => {
          setBrandDraft(undefined)
          choose()
        }}
      />
    </section>
  )
}

const ProviderRow = ({ provider, onEdit }: { provider: Provider; onEdit: () => void }) => (
  <li>
    <SourceLetter hue={provider.hue} name={provider.name} />
    <div>
      <p>
        <strong>{provider.label}</strong>
        {provider.builtIn && (
          <span class="quiet small"> · {t(provider.managed ? 'managed_provider' : 'built_in')}</span>
        )}
      </p>
      <p class="quiet small">{provider.fhirBase}</p>
    </div>
    {!provider.builtIn && (
      <>
        <HostAccess provider={provider} />
        <Button onClick={onEdit} aria-label={t('edit_of', provider.label)}>
          {t('edit')}
        </Button>
      </>
    )}
  </li>
)

/** A button shown if the browser lacks access to the organization's host, because people can deny or revoke it. */
const HostAccess = ({ provider }: { provider: Provider }) => {
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
