import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import {
  isGuessable,
  isPassphrase,
  type Lock,
  type LockTime,
  lockTimes,
  type NewLock,
  pinLength,
  type SetLockResult,
  type Unlocking,
} from '../../messages/lock.ts'
import type { Unrevoked } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field, Select } from '../../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { ForgetLock } from '../../ui/lock/forget-lock.tsx'
import { askPasskey, createPasskey, hasPasskeys } from '../../ui/lock/passkey.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { ofPerson } from '../../ui/words/outside-words.ts'
import { t, type Word } from '../../ui/words/words.ts'

/** Sets, changes and removes the lock, and sets the idle time after which it closes. */
export const LockSection = ({ lock }: { lock: Lock | undefined }) => {
  const [openForm, setOpenForm] = useState<'change' | 'remove'>()
  const [newLockTime, setNewLockTime] = useState<LockTime>(15)
  const [message, setMessage] = useState<Word>()
  const [unrevoked, setUnrevoked] = useState<Unrevoked[]>([])
  const [renewal, setRenewal] = useState<SetLockResult>(noRenewal)
  const changeTime = useAction((minutes: LockTime) => ask('lock-after', { after: minutes }))
  const finish = (word: Word) => {
    setOpenForm(undefined)
    setMessage(word)
    setRenewal(noRenewal)
  }
  const open = (form: 'change' | 'remove') => {
    setMessage(undefined)
    setOpenForm(form)
  }
  const timeSelect = (
    <Select
      label={t('lock_after')}
      value={String(lock?.after ?? newLockTime)}
      choices={lockTimes.map((minutes) => ({ value: String(minutes), label: t('lock_minutes', minutes) }))}
      onValue={(value) => {
        const minutes = Number(value) as LockTime
        if (lock) changeTime.run(minutes)
        else setNewLockTime(minutes)
      }}
    />
  )
  return (
    <section id="lock" aria-labelledby="lock-title" class="stack">
      <h1 id="lock-title">{t('lock')}</h1>
      <p class="quiet">{t('lock_lead')}</p>
      {lock && (
        <>
          <p>{t(lock.by === 'pin' ? 'lock_on_pin' : 'lock_on_passkey')}</p>
          {timeSelect}
          <div class="row">
            <Button onClick={() => ask('lock')}>{t('lock_now')}</Button>
            <Button onClick={() => open('change')}>{t('lock_change')}</Button>
            <Button onClick={() => open('remove')}>{t('lock_remove')}</Button>
          </div>
        </>
      )}
      {changeTime.problem && <ProblemNotice problem={changeTime.problem} />}
      {message && <Notice kind="done">{t(message)}</Notice>}
      {renewal.ended.map(({ organization, person }, index) => (
        <Notice key={index} kind="refused">
          {ofPerson(person, t('lock_ended', organization))}
        </Notice>
      ))}
      {renewal.waiting.map(({ organization, person }, index) => (
        <Notice key={index} kind="unreachable">
          {ofPerson(person, t('lock_waiting', organization))}
        </Notice>
      ))}
      <UnrevokedNotices all={unrevoked} />
      {!lock && (
        <SetForm
          after={newLockTime}
          onDone={(newRenewal) => {
            finish('lock_was_set')
            setRenewal(newRenewal)
          }}
        >
          {timeSelect}
        </SetForm>
      )}
      {lock && openForm === 'change' && (
        <SetForm
          lock={lock}
          after={lock.after}
          onDone={() => finish('lock_was_changed')}
          onLeave={() => setOpenForm(undefined)}
        />
      )}
      {lock && openForm === 'remove' && (
        <RemoveForm
          lock={lock}
          onDone={() => finish('lock_was_removed')}
          onForget={(remaining) => {
            setUnrevoked(remaining)
            finish('lock_was_forgotten')
          }}
          onLeave={() => setOpenForm(undefined)}
        />
      )}
    </section>
  )
}

const noRenewal: SetLockResult = { ended: [], waiting: [] }

interface SetProps {
  /** The lock to change; absent for a new one. */
  lock?: Lock
  after: LockTime
  onDone: (renewal: SetLockResult) => void
  onLeave?: () => void
  children?: ComponentChildren
}

const SetForm = ({ lock, after, onDone, onLeave, children }: SetProps) => {
  const [currentPin, setCurrentPin] = useState('')
  const [pin, setPin] = useState('')
  const [repeatedPin, setRepeatedPin] = useState('')
  const [errors, setErrors] = useState<{ pin?: string; again?: string }>({})
  const setLock = useAction(async (choose: () => Promise<NewLock>) => {
    const unlocking = lock && (await unlockingOf(lock, currentPin))
    onDone(await ask('set-lock', { lock: await choose(), after, ...(unlocking && { now: unlocking }) }))
  })
  const submit = (event: Event) => {
    event.preventDefault()
    const newPinError = pinError(pin)
    const newErrors = {
      ...(newPinError && { pin: newPinError }),
      ...(!newPinError && pin !== repeatedPin && { again: t('lock_pin_differs') }),
    }
    setErrors(newErrors)
    if (Object.keys(newErrors).length === 0) setLock.run(async () => ({ pin }))
  }
  return (
    <form class="card stack" aria-labelledby="lock-form-title" onSubmit={submit} noValidate>
      <h2 id="lock-form-title">{t(lock ? 'lock_change_title' : 'lock_set_title')}</h2>
      {lock?.by === 'pin' && <CurrentPin value={currentPin} onValue={setCurrentPin} />}
      <Field
        label={t(lock ? 'lock_pin_new' : 'lock_pin')}
        type="password"
        autocomplete="new-password"
        value={pin}
        onValue={setPin}
        hint={t('lock_pin_hint')}
        error={errors.pin ?? (pin.length >= pinLength.least ? pinError(pin) : undefined)}
      />
      <p class="quiet small" aria-live="polite">
        {t(isPassphrase(pin) ? 'lock_pin_strong' : 'lock_pin_limits')}
      </p>
      <Field
        label={t('lock_pin_again')}
        type="password"
        autocomplete="new-password"
        value={repeatedPin}
        onValue={setRepeatedPin}
        error={errors.again}
      />
      {children}
      <p>{t('lock_forgetting')}</p>
      {!lock && <p class="quiet small">{t('lock_renews')}</p>}
      <div class="row">
        <Button type="submit" look="primary" busy={setLock.isRunning}>
          {t('lock_with_pin')}
        </Button>
        {hasPasskeys() && (
          <Button busy={setLock.isRunning} onClick={() => setLock.run(createPasskey)}>
            {t('lock_with_passkey')}
          </Button>
        )}
        {onLeave && (
          <Button look="plain" onClick={onLeave}>
            {t('lock_leave')}
          </Button>
        )}
      </div>
      {!hasPasskeys() && <p class="quiet small">{t('lock_no_passkeys')}</p>}
      {setLock.problem && <ProblemNotice problem={setLock.problem} />}
    </form>
  )
}

const pinError = (pin: string): string | undefined => {
  if (pin.length < pinLength.least || pin.length > pinLength.most) return t('lock_pin_short')
  return isGuessable(pin) ? t('lock_pin_guessable') : undefined
}

interface RemoveProps {
  lock: Lock
  onDone: () => void
  /** `unrevoked`: the grants that could not be revoked. */
  onForget: (unrevoked: Unrevoked[]) => void
  onLeave: () => void
}

const RemoveForm = ({ lock, onDone, onForget, onLeave }: RemoveProps) => {
  const [currentPin, setCurrentPin] = useState('')
  const forget = useAction(async () => onForget(await ask('forget-lock')))
  const remove = useAction(async () => {
    await ask('remove-lock', await unlockingOf(lock, currentPin))
    onDone()
  })
  const submit = (event: Event) => {
    event.preventDefault()
    remove.run()
  }
  return (
    <form class="card stack" aria-labelledby="unlock-form-title" onSubmit={submit} noValidate>
      <h2 id="unlock-form-title">{t('lock_remove_title')}</h2>
      {lock.by === 'pin' && <CurrentPin value={currentPin} onValue={setCurrentPin} />}
      <div class="row">
        <Button type="submit" look="danger" busy={remove.isRunning || forget.isRunning}>
          {t('lock_remove')}
        </Button>
        <ForgetLock loses={t('forgot_open_loses')} onForget={forget.run} />
        <Button look="plain" onClick={onLeave}>
          {t('lock_leave')}
        </Button>
      </div>
      {[remove.problem, forget.problem].map(
        (problem) => problem && <ProblemNotice key={problem.code} problem={problem} />,
      )}
    </form>
  )
}

const CurrentPin = ({ value, onValue }: { value: string; onValue: (value: string) => void }) => (
  <Field
    label={t('lock_pin_now')}
    type="password"
    autocomplete="current-password"
    value={value}
    onValue={onValue}
  />
)

const unlockingOf = async (lock: Lock, pin: string): Promise<Unlocking> =>
  lock.passkey ? askPasskey(lock.passkey) : { pin }

/** Grants that continue because their revocation did not reach the organization, with a link to its account page. */
const UnrevokedNotices = ({ all }: { all: readonly Unrevoked[] }) => (
  <>
    {all.map(({ id, organization, person, page }) => (
      <Notice
        key={id}
        kind="failed"
        actions={
          page && <Button onClick={() => browser.tabs.create({ url: page })}>{t('unrevoked_page')}</Button>
        }
      >
        {ofPerson(person, t('unrevoked', organization))}
      </Notice>
    ))}
  </>
)
