import { useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { t } from '../../ui/words/words.ts'

/** Opens the organization's own page, where a person can revoke any application's access. */
export const RevokeApplication = ({ connection, alone }: { connection: Connection; alone: boolean }) => {
  const { id, providerName } = connection
  const [hasNone, setHasNone] = useState(false)
  const open = useAction(async () => {
    const { url } = await ask('management-page', { connectionId: id })
    setHasNone(url === undefined)
    if (url !== undefined) await browser.tabs.create({ url })
  })
  return (
    <>
      <Button look="plain" busy={open.isRunning} onClick={() => open.run()}>
        {alone ? t('log_revoke') : t('log_revoke_at', providerName)}
      </Button>
      {hasNone && <Notice kind="empty">{t('log_revoke_none', providerName)}</Notice>}
      {open.problem && <ProblemNotice problem={open.problem} organization={providerName} />}
    </>
  )
}
