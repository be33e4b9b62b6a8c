import { useEffect, useRef, useState } from 'preact/hooks'
import type { Scan } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import type { Finding } from '../../messages/findings.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field } from '../../ui/controls/field.tsx'
import { CautionMark, RefusedMark, Tick } from '../../ui/controls/icons.tsx'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { hasHostAccess, requestHostAccess, typedAddress } from '../../ui/provider/host-access.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { useFieldErrors } from '../../ui/state/use-field-errors.ts'
import { find, t, underscored } from '../../ui/words/words.ts'

const MARKS = { good: Tick, should: CautionMark, must: RefusedMark }
/** Errors that may disappear when the person grants host access, because CORS may hide the answer. */
const CURABLE = ['permission-missing', 'not-fhir-server']

interface Props {
  /** The form's current value, to check whether the organization knows it. */
  clientId: string
  redirectUri: string
  authorizationEndpoint: string
  /** Receives undefined when a scan failed. */
  onScan: (scan: Scan | undefined) => void
}

/** Reads an organization's metadata, fills the fields below and shows the findings beside the button. */
export const Autoscan = ({ onScan, ...form }: Props) => {
  const [url, setUrl] = useState('')
  const address = typedAddress(url)
  const [errors, setErrors] = useFieldErrors({ url })
  const [scan, setScan] = useState<Scan>()
  const [isRefused, setRefused] = useState(false)
  const [hasAccess, setHasAccess] = useState(true)
  const isMounted = useRef(true)
  useEffect(
    () => () => {
      isMounted.current = false
    },
    [],
  )
  /** Drops the answer to a scan that was still running when the person cancelled. */
  const report = (newScan: Scan | undefined) => {
    if (isMounted.current) onScan(newScan)
  }
  const autoscan = useAction(async () => {
    setRefused(false)
    setScan(undefined)
    const input = {
      url: address ?? '',
      clientId: form.clientId.trim(),
      redirectUri: form.redirectUri.trim(),
      authorizationEndpoint: form.authorizationEndpoint.trim(),
    }
    try {
      const newScan = await ask('autoscan', input)
      setScan(newScan)
      report(newScan)
    } catch (error) {
      report(undefined)
      setHasAccess(await hasHostAccess([input.url]).catch(() => true))
      throw error
    }
  })

  const start = () => {
    setErrors(address ? {} : { url: t('not_an_address') })
    autoscan.clear()
    if (address) autoscan.run()
    else {
      setScan(undefined)
      onScan(undefined)
    }
  }
  const allow = () =>
    requestHostAccess([address ?? '']).then((isGranted) => (isGranted ? autoscan.run() : setRefused(true)))
  const { host = '', hostname = '' } = URL.parse(address ?? '') ?? {}

  return (
    <div class="stack">
      <Field
        label={t('autoscan_url')}
        type="url"
        value={url}
        onValue={setUrl}
        placeholder="https://"
        hint={t('autoscan_hint')}
        error={errors.url}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          start()
        }}
        beside={
          <Button busy={autoscan.isRunning} onClick={start}>
            {t('autoscan')}
          </Button>
        }
      />
      <div role="status" class="stack">
        {autoscan.isRunning && <p class="quiet">{t('autoscan_running', host)}</p>}
        {scan && <Findings scan={scan} />}
      </div>
      {autoscan.problem && (
        <ProblemNotice
          problem={autoscan.problem}
          organization={host}
          actions={
            !hasAccess &&
            CURABLE.includes(autoscan.problem.code) && (
              <Button onClick={allow}>{t('allow_host', hostname)}</Button>
            )
          }
        >
          {isRefused && t('host_refused', hostname)}
        </ProblemNotice>
      )}
    </div>
  )
}

const Findings = ({ scan }: { scan: Scan }) => (
  <>
    <p>
      {t(
        scan.source === 'smart-configuration' ? 'scan_smart' : 'scan_capability',
        scan.name ?? scan.fhirBase,
      )}
    </p>
    <ul class="findings" aria-label={t('findings')}>
      {[...scan.findings].sort(bySeverity).map((finding) => (
        <FindingLine key={finding.code} finding={finding} />
      ))}
    </ul>
  </>
)

const FindingLine = ({ finding: { level, code, what = '' } }: { finding: Finding }) => {
  const Mark = MARKS[level]
  const word = underscored(code)
  const remedy = level === 'good' ? undefined : find(`remedy_${word}`, what)
  return (
    <li class={level}>
      <Mark />
      <div>
        <p>
          {level !== 'good' && <strong>{t(`level_${level}`)}: </strong>}
          {find(`finding_${word}`, what) ?? code}
        </p>
        {remedy && (
          <p class="quiet small">
            <strong>{t('remedy')}:</strong> {remedy}
          </p>
        )}
      </div>
    </li>
  )
}

const ORDER = ['must', 'should', 'good']
const bySeverity = (a: Finding, b: Finding): number => ORDER.indexOf(a.level) - ORDER.indexOf(b.level)
