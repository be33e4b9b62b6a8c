import { useState } from 'preact/hooks'
import type { ChangedProvider, ImportPlan } from '../../messages/configuration.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Notice } from '../../ui/controls/notice.tsx'
import { listed, t, underscored, type Word } from '../../ui/words/words.ts'

interface Props {
  plan: ImportPlan
  busy: boolean
  onImport: (confirmedHosts: string[]) => void
  onLeave: () => void
}

const LISTS: ['added' | 'signedOut' | 'unchanged', Word][] = [
  ['added', 'import_added'],
  ['signedOut', 'import_signed_out'],
  ['unchanged', 'import_unchanged'],
]
const MEMBERS = {
  name: 'name',
  authorizationEndpoint: 'target_login_url',
  redirectUri: 'redirect_uri',
} as const satisfies Record<ChangedProvider['changes'][number]['member'], Word>
const mostFaults = 20

/** A preview of the changes that the file makes, that it makes none, or all of its errors. */
export const ImportSummary = ({ plan, busy, onImport, onLeave }: Props) =>
  plan.faults.length > 0 ? (
    <div class="card stack" role="alert">
      <Notice kind="refused">{t('import_refused')}</Notice>
      <ul class="plain-list">
        {plan.faults.slice(0, mostFaults).map((fault) => (
          <li key={`${fault.at} ${fault.reason}`}>
            <code>{fault.at}</code>: {t(`fault_${underscored(fault.reason)}`)}
          </li>
        ))}
      </ul>
    </div>
  ) : plan.added.length + plan.changed.length === 0 ? (
    <Notice kind="done">{t('import_same')}</Notice>
  ) : (
    <Changes plan={plan} busy={busy} onImport={onImport} onLeave={onLeave} />
  )

const Changes = ({ plan, busy, onImport, onLeave }: Props) => {
  const hosts = [...new Set(plan.foreign.map(({ host }) => host))]
  const [confirmedHosts, setConfirmedHosts] = useState<string[]>([])
  const confirm = (host: string, isChecked: boolean) =>
    setConfirmedHosts(
      isChecked ? [...confirmedHosts, host] : confirmedHosts.filter((other) => other !== host),
    )
  return (
    <section class="card stack" aria-labelledby="import-title">
      <h2 id="import-title">{t('import_title')}</h2>
      {plan.changed.length > 0 && (
        <div>
          <p class="quiet">{t('import_changed')}</p>
          <ul class="plain-list">
            {plan.changed.map((provider, index) => (
              <li key={`${index} ${provider.name}`}>
                {provider.name}
                <dl class="changes">
                  {provider.changes.map(({ member, from, to }) => (
                    <div key={member}>
                      <dt class="quiet small">{t(MEMBERS[member])}</dt>
                      <dd>
                        <del>{from || t('own_address')}</del> → <ins>{to || t('own_address')}</ins>
                      </dd>
                    </div>
                  ))}
                </dl>
              </li>
            ))}
          </ul>
        </div>
      )}
      {LISTS.filter(([list]) => plan[list].length > 0).map(([list, word]) => (
        <div key={list}>
          <p class="quiet">{t(word)}</p>
          <ul class="plain-list">
            {plan[list].map((name, index) => (
              <li key={`${index} ${name}`}>{name}</li>
            ))}
          </ul>
        </div>
      ))}
      {hosts.length > 0 && (
        <fieldset class="stack">
          <legend>{t('import_foreign')}</legend>
          {hosts.map((host) => (
            <label key={host} class="check">
              <input
                type="checkbox"
                checked={confirmedHosts.includes(host)}
                onChange={(event) => confirm(host, event.currentTarget.checked)}
              />
              {t('import_foreign_host', host, listed(namesAt(plan, host)))}
            </label>
          ))}
        </fieldset>
      )}
      <p class="quiet">{t('import_secrets')}</p>
      <div class="row">
        <Button
          look="primary"
          busy={busy || confirmedHosts.length < hosts.length}
          onClick={() => onImport(confirmedHosts)}
        >
          {t('import')}
        </Button>
        <Button onClick={onLeave}>{t('cancel')}</Button>
      </div>
    </section>
  )
}

const namesAt = ({ foreign }: ImportPlan, host: string): string[] =>
  foreign.filter((each) => each.host === host).map(({ name }) => name)
