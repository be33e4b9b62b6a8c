import { useEffect, useState } from 'preact/hooks'
import type { Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { t } from '../../ui/words/words.ts'
import { BrandSearch } from './brand-search.tsx'
import { ProviderForm } from './provider-form.tsx'
import type { Draft } from './scanned-form.ts'
import { showPart } from './show-part.ts'

interface Props {
  state: State
  /** The application that was just registered. */
  draft: Draft | undefined
  /** Receives the FHIR base that a scan found. */
  onScan: (fhirBase: string | undefined) => void
}

/** The organizations that this browser knows, and the form for one of them. */
export const ConfiguredOrganizations = ({ state, draft, onScan }: Props) => {
  const [selection, setSelection] = useState<{ id?: string; turn: number }>({ turn: 0 })
  const choose = (id?: string) => setSelection({ ...(id && { id }), turn: selection.turn + 1 })
  const savedProvider = state.providers.find((provider) => provider.id === selection.id)
  const [brandDraft, setBrandDraft] = useState<Draft>()
  useEffect(() => {
    setBrandDraft(undefined)
    if (draft) choose()
  }, [draft])

  const edit = (id?: string, newDraft?: Draft) => {
    setBrandDraft(newDraft)
    choose(id)
    showPart('configure')
  }

  return (
    <section aria-labelledby="providers-title" class="stack">
      <h2 id="providers-title">{t('organizations')}</h2>
      <p class="quiet">{t(state.providers.length > 0 ? 'providers_lead' : 'providers_none')}</p>
      <ul class="providers">
        {state.providers.map((provider) => (
          <ProviderRow key={provider.id} provider={provider} onEdit={() => edit(provider.id)} />
        ))}
      </ul>
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
    <span class="tile">
      <SourceDot hue={provider.hue} large />
    </span>
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
      <Button onClick={onEdit} aria-label={t('configure_of', provider.label)}>
        {t('configure')}
      </Button>
    )}
  </li>
)
