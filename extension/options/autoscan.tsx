import { useState } from 'preact/hooks'
import type { Scan } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { requestHostAccess } from '../ui/host-access.ts'
import { CautionMark, RefusedMark, Tick } from '../ui/icons.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'
import { find, t } from '../ui/words.ts'

const MARKS = { good: Tick, should: CautionMark, must: RefusedMark }
/** What asking the person for access to the host may cure. */
const CURABLE = ['permission-missing', 'unreachable']

/** Reads what an organization says of itself and fills the fields below; what it found stands beside the button. */
export const Autoscan = ({ onScan }: { onScan: (scan: Scan) => void }) => {
  const [url, setUrl] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [scan, setScan] = useState<Scan>()
  const [refused, setRefused] = useState(false)
  const look = useAction(async () => {
    setRefused(false)
    setScan(undefined)
    const found = await ask('autoscan', { url: url.trim() })
    setScan(found)
    onScan(found)
  })

  const start = () => {
    const valid = /^https?:$/.test(URL.parse(url.trim())?.protocol ?? '')
    setWrong(valid ? undefined : t('not_an_address'))
    look.clear()
    if (valid) look.run()
    else setScan(undefined)
  }
  const allow = () =>
    requestHostAccess([url.trim()]).then((granted) => (granted ? look.run() : setRefused(true)))
  const { host = '', hostname = '' } = URL.parse(url.trim()) ?? {}

  return (
    <div class="stack">
      <Field
        label={t('autoscan_url')}
        type="url"
        value={url}
        onValue={setUrl}
        placeholder="https://"
        hint={t('autoscan_hint')}
        wrong={wrong}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          start()
        }}
        beside={
          <Button busy={look.running} onClick={start}>
            {t('autoscan')}
          </Button>
        }
      />
      <div role="status" class="stack">
        {look.running && <p class="quiet">{t('autoscan_running', host)}</p>}
        {scan && <Findings scan={scan} />}
      </div>
      {look.problem && (
        <ProblemNotice
          problem={look.problem}
          organization={host}
          actions={
            CURABLE.includes(look.problem.code) && (
              <Button onClick={allow}>{t('allow_host', hostname)}</Button>
            )
          }
        >
          {refused && t('host_refused', hostname)}
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
      {scan.findings.map(({ level, code }) => {
        const Mark = MARKS[level]
        return (
          <li key={code} class={level}>
            <Mark />
            <span>
              {level !== 'good' && <strong>{t(`level_${level}`)}: </strong>}
              {find(`finding_${code.replaceAll('-', '_')}`) ?? code}
            </span>
          </li>
        )
      })}
    </ul>
  </>
)
