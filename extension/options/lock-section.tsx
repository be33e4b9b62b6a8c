import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import {
  type Lock,
  type LockTime,
  lockTimes,
  type NewLock,
  pinLength,
  type SetLockResult,
  type Unlocking,
} from '../messages/lock.ts'
import type { Unrevoked } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { askPasskey, createPasskey, hasPasskeys } from '../ui/passkey.ts'
import { Select } from '../ui/select.tsx'
import { UnrevokedNotices } from '../ui/unrevoked-notices.tsx'
import { useAction } from '../ui/use-action.ts'
import { t, type Word } from '../ui/words.ts'

/** Sets, changes and removes the lock, and sets the idle time after which it closes. */
export const LockSection = ({ lock }: { lock: Lock | undefined }) => {
  const [doing, setDoing] = useState<'change' | 'remove'>()
  const [after, setAfter] = useState<LockTime>(15)
  const [said, setSaid] = useState<Word>()
  const [unrevoked, setUnrevoked] = useState<Unrevoked[]>([])
  const [renewed, setRenewed] = useState<SetLockResult>(nothingLeft)
  const timing = useAction((minutes: LockTime) => ask('lock-after', { after: minutes }))
  const done = (word: Word) => {
    setDoing(undefined)
    setSaid(word)
    setRenewed(nothingLeft)
  }
  const begin = (what: 'change' | 'remove') => {
    setSaid(undefined)
    setDoing(what)
  }
  const time = (
    <Select
      label={t('lock_after')}
      value={String(lock?.after ?? after)}
      choices={lockTimes.map((minutes) => ({ value: String(minutes), label: t('lock_minutes', minutes) }))}
      onValue={(value) => {
        const minutes = Number(value) as LockTime
        if (lock) timing.run(minutes)
        else setAfter(minutes)
      }}
    />
  )
  return (
    <section id="lock" aria-labelledby="lock-title" class="stack">
      <h2 id="lock-title">{t('lock')}</h2>
      <p class="quiet">{t('lock_lead')}</p>
      {lock && (
        <>
          <p>{t(lock.by === 'pin' ? 'lock_on_pin' : 'lock_on_passkey')}</p>
          {time}
          <div class="row">
            <Button onClick={() => ask('lock')}>{t('lock_now')}</Button>
            <Button onClick={() => begin('change')}>{t('lock_change')}</Button>
            <Button onClick={() => begin('remove')}>{t('lock_remove')}</Button>
          </div>
        </>
      )}
      {timing.problem && <ProblemNotice problem={timing.problem} />}
      {said && <Notice kind="done">{t(said)}</Notice>}
      {renewed.ended.map((name) => (
        <Notice key={name} kind="refused">
          {t('lock_ended', name)}
        </Notice>
      ))}
      {renewed.waiting.map((name) => (
        <Notice key={name} kind="unreachable">
          {t('lock_waiting', name)}
        </Notice>
      ))}
      <UnrevokedNotices all={unrevoked} />
      {!lock && (
        <SetForm
          after={after}
          onDone={(left) => {
            done('lock_was_set')
            setRenewed(left)
          }}
        >
          {time}
        </SetForm>
      )}
      {lock && doing === 'change' && (
        <SetForm
          lock={lock}
          after={lock.after}
          onDone={() => done('lock_was_changed')}
          onLeave={() => setDoing(undefined)}
        />
      )}
      {lock && doing === 'remove' && (
        <RemoveForm
          lock={lock}
          onDone={() => done('lock_was_removed')}
          onForgotten={(left) => {
            setUnrevoked(left)
            done('lock_was_forgotten')
          }}
          onLeave={() => setDoing(undefined)}
        />
      )}
    </section>
  )
}

const nothingLeft: SetLockResult = { ended: [], waiting: [] }

interface SetProps {
  /** The lock to change; absent for a new one. */
  lock?: Lock
  after: LockTime
  onDone: (left: SetLockResult) => void
  onLeave?: () => void
  children?: ComponentChildren
}

const SetForm = ({ lock, after, onDone, onLeave, children }: SetProps) => {
  const [now, setNow] = useState('')
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const [wrong, setWrong] = useState<{ pin?: string; again?: string }>({})
  const set = useAction(async (choose: () => Promise<NewLock>) => {
    const opening = lock && (await openingOf(lock, now))
    onDone(await ask('set-lock', { lock: await choose(), after, ...(opening && { now: opening }) }))
  })
  const submit = (event: Event) => {
    event.preventDefault()
    const fits = pin.length >= pinLength.least && pin.length <= pinLength.most
    const found = {
      ...(!fits && { pin: t('lock_pin_short') }),
      ...(fits && pin !== again && { again: t('lock_pin_differs') }),
    }
    setWrong(found)
    if (Object.keys(found).length === 0) set.run(async () => ({ pin }))
  }
  return (
    <form class="card stack" aria-labelledby="lock-form-title" onSubmit={submit} noValidate>
      <h3 id="lock-form-title">{t(lock ? 'lock_change_title' : 'lock_set_title')}</h3>
      {lock?.by === 'pin' && <CurrentPin value={now} onValue={setNow} />}
      <Field
        label={t(lock ? 'lock_pin_new' : 'lock_pin')}
        type="password"
        autocomplete="new-password"
        value={pin}
        onValue={setPin}
        hint={t('lock_pin_hint')}
        wrong={wrong.pin}
      />
      <p class="quiet small">{t('lock_pin_limits')}</p>
      <Field
        label={t('lock_pin_again')}
        type="password"
        autocomplete="new-password"
        value={again}
        onValue={setAgain}
        wrong={wrong.again}
      />
      {children}
      {!lock && <p class="quiet small">{t('lock_renews')}</p>}
      <div class="row">
        <Button type="submit" look="primary" busy={set.running}>
          {t('lock_with_pin')}
        </Button>
        {hasPasskeys() && (
          <Button busy={set.running} onClick={() => set.run(createPasskey)}>
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
      {set.problem && <ProblemNotice problem={set.problem} />}
    </form>
  )
}

interface RemoveProps {
  lock: Lock
  onDone: () => void
  /** `left`: the grants that could not be revoked. */
  onForgotten: (left: Unrevoked[]) => void
  onLeave: () => void
}

const RemoveForm = ({ lock, onDone, onForgotten, onLeave }: RemoveProps) => {
  const [now, setNow] = useState('')
  const [asking, setAsking] = useState(false)
  const forget = useAction(async () => onForgotten(await ask('forget-lock')))
  const remove = useAction(async () => {
    await ask('remove-lock', await openingOf(lock, now))
    onDone()
  })
  const submit = (event: Event) => {
    event.preventDefault()
    remove.run()
  }
  return (
    <form class="card stack" aria-labelledby="unlock-form-title" onSubmit={submit} noValidate>
      <h3 id="unlock-form-title">{t('lock_remove_title')}</h3>
      {lock.by === 'pin' && <CurrentPin value={now} onValue={setNow} />}
      <div class="row">
        <Button type="submit" look="danger" busy={remove.running || forget.running}>
          {t('lock_remove')}
        </Button>
        <Button look="plain" onClick={() => setAsking(true)}>
          {t('forgot_lock')}
        </Button>
        <Button look="plain" onClick={onLeave}>
          {t('lock_leave')}
        </Button>
      </div>
      {[remove.problem, forget.problem].map(
        (problem) => problem && <ProblemNotice key={problem.code} problem={problem} />,
      )}
      {asking && (
        <ConfirmDialog
          title={t('forgot_title')}
          confirm={t('forgot_confirm')}
          onConfirm={() => {
            setAsking(false)
            forget.run()
          }}
          onLeave={() => setAsking(false)}
        >
          {t('forgot_open_loses')}
        </ConfirmDialog>
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

const openingOf = async (lock: Lock, pin: string): Promise<Unlocking> =>
  lock.passkey ? askPasskey(lock.passkey) : { pin }
