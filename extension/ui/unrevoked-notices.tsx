import browser from 'webextension-polyfill'
import type { Unrevoked } from '../messages/state.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { t } from './words.ts'

interface Props {
  all: readonly Unrevoked[]
  /** Dismisses a notice that would otherwise come back. */
  onDismiss?: (id: string) => void
}

/** Grants that continue because their revocation did not reach the organization, with a link to its account page. */
export const UnrevokedNotices = ({ all, onDismiss }: Props) => (
  <>
    {all.map(({ id, organization, page }) => (
      <Notice
        key={id}
        kind="failed"
        actions={
          <>
            {page && (
              <Button onClick={() => browser.tabs.create({ url: page })}>{t('unrevoked_page')}</Button>
            )}
            {onDismiss && (
              <Button look="plain" onClick={() => onDismiss(id)}>
                {t('dismiss')}
              </Button>
            )}
          </>
        }
      >
        {t('unrevoked', organization)}
      </Notice>
    ))}
  </>
)
