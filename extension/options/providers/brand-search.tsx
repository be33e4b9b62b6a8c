import { useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { Brand, BrandMatches } from '../../messages/brands.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field } from '../../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { requestHostAccess } from '../../ui/provider/host-access.ts'
import { PortalLink } from '../../ui/provider/portal-link.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { Initials } from '../../ui/words/source-mark.tsx'
import { count, t } from '../../ui/words/words.ts'
import type { Draft } from './scanned-form.ts'

/** Searches a published list for an organization and fills the form with it. */
export const BrandSearch = ({ onChoose }: { onChoose: (draft: Draft) => void }) => {
  const [url, setUrl] = useState('')
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const [matches, setMatches] = useState<BrandMatches>()
  const search = useAction(async () => {
    setMatches(undefined)
    setMatches(await ask('search-brands', { url: url.trim(), text }))
  })
  const choose = useAction(async ({ name, fhirBase }: Brand) => {
    const scan = await ask('autoscan', { url: fhirBase })
    const { authorization_endpoint: authorizationEndpoint, redirectUri } = scan
    const application = { clientId: '', clientSecret: '' }
    onChoose({ name, ...application, fhirBase: scan.fhirBase, authorizationEndpoint, redirectUri })
  })
  const submit = (event: Event) => {
    event.preventDefault()
    const valid = URL.canParse(url.trim())
    setError(valid ? undefined : t('not_an_address'))
    if (valid) search.run()
  }
  // Requests access in the click itself, as browsers require. Scans even without it: the organization may allow every origin.
  const pick = (brand: Brand) => requestHostAccess([brand.fhirBase]).then(() => choose.run(brand))
  const problem = search.problem ?? choose.problem
  const { host = '', hostname = '' } = URL.parse(url.trim()) ?? {}
  return (
    <form class="card stack" aria-labelledby="brands-title" onSubmit={submit} noValidate>
      <h3 id="brands-title">{t('brands_title')}</h3>
      <p class="quiet">{t('brands_lead')}</p>
      <Field
        label={t('brands_url')}
        type="url"
        value={url}
        onValue={setUrl}
        placeholder="https://"
        hint={t('brands_url_hint')}
        error={error}
      />
      <Field
        label={t('brands_text')}
        value={text}
        onValue={setText}
        beside={
          <Button type="submit" busy={search.isRunning}>
            {t('brands_search')}
          </Button>
        }
      />
      {matches && <Matches matches={matches} busy={choose.isRunning} onPick={pick} />}
      {problem && (
        <ProblemNotice
          problem={problem}
          organization={host}
          actions={
            search.problem?.code === 'permission-missing' && (
              <Button
                onClick={() =>
                  requestHostAccess([url.trim()]).then((isGranted) => (isGranted ? search.run() : undefined))
                }
              >
                {t('allow_host', hostname)}
              </Button>
            )
          }
        />
      )}
    </form>
  )
}

interface MatchesProps {
  matches: BrandMatches
  busy: boolean
  onPick: (brand: Brand) => void
}

const Matches = ({ matches: { brands, total }, busy, onPick }: MatchesProps) =>
  total === 0 ? (
    <Notice kind="empty">{t('brands_none')}</Notice>
  ) : (
    <>
      <p class="quiet" role="status">
        {count('brands_found', total)} {total > brands.length && t('brands_cut', brands.length)}
      </p>
      <ul class="providers" aria-label={t('brands_matches')}>
        {brands.map((brand) => (
          <li key={`${brand.name} ${brand.fhirBase} ${brand.place}`}>
            <Initials name={brand.name} />
            <div>
              <p>
                <strong>{brand.name}</strong>
                {brand.place && <span class="quiet small"> · {brand.place}</span>}
              </p>
              <p class="quiet small">{brand.fhirBase}</p>
              {brand.portal && <PortalLink {...brand.portal} />}
            </div>
            <Button busy={busy} onClick={() => onPick(brand)} aria-label={t('brands_choose_of', brand.name)}>
              {t('brands_choose')}
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
