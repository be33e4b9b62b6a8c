import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import { type Lock, pinLength } from '../../messages/lock.ts'
import { Button } from '../controls/button.tsx'
import { Field } from '../controls/field.tsx'
import { KeyMark } from '../controls/icons.tsx'
import { Notice, ProblemNotice } from '../controls/notice.tsx'
import { useAction } from '../state/use-action.ts'
import { clock } from '../words/dates.ts'
import { t } from '../words/words.ts'
import { ForgetLock } from './forget-lock.tsx'
import { askPasskey } from './passkey.ts'

/** Opens the lock, or removes it if it is forgotten. */
export const LockScreen = ({ lock }: { lock: Lock }) => {
  const [pin, setPin] = useState('')
  const form = useRef<HTMLFormElement>(null)
  const mustWait = useMustWait(lock.waitUntil)
  const focus = () => form.current?.querySelector<HTMLElement>('input, button')?.focus()
  useEffect(focus, [])

  const unlock = useAction(async () => {
    try {
      await ask('unlock', lock.passkey ? await askPasskey(lock.passkey) : { pin })
    } finally {
      setPin('')
      focus()
    }
  })
  const forget = useAction(() => ask('forget-lock'))
  const problem = forget.problem ?? unlock.problem

  const submit = (event: Event) => {
    event.preventDefault()
    if (mustWait) return
    if (lock.passkey) openPasskey()
    else if (pin !== '') unlock.run()
  }
  // Continues in a tab, because the browser's passkey dialog would close the popup, and Chrome shows none beside a side panel.
  const openPasskey = () => {
    if (/\/(popup|side)\//.test(location.pathname))
      browser.tabs.create({ url: browser.runtime.getURL('extension/options/index.html#lock') })
    else unlock.run()
  }

  return (
    <form ref={form} class="stack" onSubmit={submit} noValidate aria-labelledby="locked-title">
      <h1 id="locked-title" class="headline">
        <KeyMark /> {t('locked_title')}
      </h1>
      <p class="quiet">{t('locked_lead')}</p>
      {lock.by === 'pin' && (
        <Field
          label={t('lock_pin')}
          type="password"
          autocomplete="current-password"
          value={pin}
          onValue={(text) => setPin(text.slice(0, pinLength.most))}
        />
      )}
      <div class="row">
        <Button type="submit" look="primary" busy={unlock.isRunning || mustWait}>
          {t(lock.passkey ? 'unlock_passkey' : 'unlock')}
        </Button>
        <ForgetLock loses={t('forgot_loses')} onForget={forget.run} />
      </div>
      {mustWait ? (
        <Notice kind="waiting">{t('unlock_wait', clock(lock.waitUntil ?? 0))}</Notice>
      ) : (
        problem && <ProblemNotice problem={problem} />
      )}
    </form>
  )
}

/** Returns whether the next attempt must still wait; `until` is in milliseconds since 1970. */
const useMustWait = (until = 0): boolean => {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    setNow(Date.now())
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, until - Date.now()) + 50)
    return () => clearTimeout(timer)
  }, [until])
  return until > now
}
