import { useEffect, useId, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { redirectAddresses } from '../../values/extension-addresses.ts'
import { requireUrl } from '../../values/parse-address.ts'
import { ask } from '../messages/ask.ts'
import type { AddedProvider, FoundOrganization, NewProvider } from '../messages/brands.ts'
import type { State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { CopyButton } from '../ui/controls/copy-button.tsx'
import { Field } from '../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { CheckClientId, WRONG_CLIENT } from '../ui/provider/check-client-id.tsx'
import { requestAccess } from '../ui/provider/host-access.ts'
import { PortalLink } from '../ui/provider/portal-link.tsx'
import { useAction } from '../ui/state/use-action.ts'
import { Host, Initials } from '../ui/words/source-mark.tsx'
import { t } from '../ui/words/words.ts'

interface Props {
  organization: FoundOrganization
  state: State
}

/** One organization that was found, with the steps from there to being signed in. */
export const OrganizationCard = ({ organization, state }: Props) => {
  const { name, label, place, portal, fhirBase } = organization
  const [step, setStep] = useState<AddedProvider>()
  const [isSignedIn, setSignedIn] = useState(false)
  const [join] = useState(() => createJoining(organization))
  // Access is requested in the click itself, as browsers require. Goes on without it: the organization may allow every origin.
  const signIn = useAction(async (answers: Parameters<typeof join>[0], ...more: string[]) => {
    setSignedIn(false)
    await requestAccess(fhirBase, ...more)
    setSignedIn(await join(answers, setStep))
  })
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that was pressed may be gone, so the keyboard focus moves here.
  useEffect(() => {
    if (step && document.activeElement === document.body) heading.current?.focus()
  }, [step, isSignedIn])
  const busy = signIn.isRunning || state.flow?.status === 'open'
  const { problem } = signIn
  const provider = step?.step === 'sign-in' ? step.provider : undefined
  const isUnknownThere = provider?.addedOnFindPage === true && WRONG_CLIENT.includes(problem?.code ?? '')
  const asksOrganization = step !== undefined && (step.step === 'register' || isUnknownThere)
  return (
    <article class="card">
      <div class="organization">
        <Initials name={name} />
        <div>
          <h2 ref={heading} tabIndex={-1}>
            {label}
          </h2>
          {place && <p class="quiet small">{place}</p>}
          <Host name={label} host={requireUrl(fhirBase).host} />
          {portal && <PortalLink {...portal} />}
        </div>
        {!asksOrganization && step?.step !== 'confirm' && !isSignedIn && (
          <Button
            look="primary"
            busy={busy}
            onClick={() => signIn.run({})}
            aria-label={t('sign_in_with', label)}
          >
            {t('sign_in')}
          </Button>
        )}
      </div>
      {step?.step === 'confirm' && (
        <Notice
          kind="failed"
          actions={
            <Button
              busy={busy}
              onClick={() => signIn.run({ signInHost: step.signInHost }, step.signInAddress)}
            >
              {t('find_confirm', label, step.signInHost)}
            </Button>
          }
        >
          {t('find_other_host', label, step.signInHost)}
        </Notice>
      )}
      {signIn.isRunning && <Notice kind="waiting">{t('find_signing_in', label)}</Notice>}
      {problem && !isUnknownThere && (
        <ProblemNotice problem={problem} organization={label}>
          <CheckClientId problem={problem} provider={provider} />
        </ProblemNotice>
      )}
      {asksOrganization && (
        <AskOrganization
          organization={organization}
          lead={t(isUnknownThere ? 'find_wrong_client' : 'find_ask', label)}
          scope={step.scope}
          own={state.redirectUri}
          busy={busy}
          onClientId={(clientId) => signIn.run({ clientId })}
        />
      )}
      {isSignedIn && (
        <Notice
          kind="done"
          actions={
            <a class="button primary" href={browser.runtime.getURL('extension/summary/index.html')}>
              {t('find_see_record')}
            </a>
          }
        >
          {t('find_signed_in', label)}
        </Notice>
      )}
    </article>
  )
}

type Given = Pick<NewProvider, 'clientId' | 'signInHost'>

/**
 * Returns a function that takes the next step from a found organization to a signed-in person, and returns whether the person is
 * signed in. Each step sends again what they agreed to and typed in the earlier ones, because the worker keeps none of it.
 *
 * @throws ProblemError what `add-provider` and `sign-in` throw.
 */
export const createJoining = ({ name, fhirBase }: Pick<FoundOrganization, 'name' | 'fhirBase'>) => {
  let answers: Given = {}
  return async (more: Given, onAdded: (step: AddedProvider) => void): Promise<boolean> => {
    answers = { ...answers, ...more }
    const added = await ask('add-provider', { name, fhirBase, ...answers })
    onAdded(added)
    if (added.step !== 'sign-in') return false
    const connectionId = await ask('sign-in', { providerId: added.provider.id, purpose: 'record' })
    // Otherwise the record pages would open the record of whoever signed in last.
    await ask('remember-place', { place: { connectionId } })
    return true
  }
}

interface AskProps {
  organization: FoundOrganization
  /** Why the organization has to be asked. */
  lead: string
  scope: string
  /** This browser's own redirect address. */
  own: string
  busy: boolean
  onClientId: (clientId: string) => void
}

/**
 * The text to send to an organization whose staff registers applications, and the field for the Client ID that it answers with.
 */
const AskOrganization = ({ organization, lead, scope, own, busy, onClientId }: AskProps) => {
  const { label, name, fhirBase } = organization
  const id = useId()
  const [clientId, setClientId] = useState('')
  const [error, setError] = useState<string>()
  const redirects = redirectAddresses(own, fhirBase).map(({ address }) => address)
  const request = t('find_request', name, fhirBase, redirects.join('\n'), scope)
  const submit = (event: Event) => {
    event.preventDefault()
    const isMissing = clientId.trim() === ''
    setError(isMissing ? t('needed') : undefined)
    if (!isMissing) onClientId(clientId.trim())
  }
  return (
    <>
      <p>{lead}</p>
      <div class="field">
        <label for={id}>{t('find_request_label')}</label>
        <textarea id={id} rows={10} readOnly value={request} />
        <CopyButton text={request} of={t('find_request_label')} />
      </div>
      <form onSubmit={submit} noValidate>
        <Field
          label={t('find_client_id_step')}
          value={clientId}
          onValue={setClientId}
          hint={t('find_client_id_hint', label)}
          error={error}
          beside={
            <Button type="submit" look="primary" busy={busy} aria-label={t('sign_in_with', label)}>
              {t('sign_in')}
            </Button>
          }
        />
      </form>
    </>
  )
}
