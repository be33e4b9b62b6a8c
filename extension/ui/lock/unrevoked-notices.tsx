import browser from 'webextension-polyfill'
import type { Unrevoked } from '../../messages/state.ts'
import { Button } from '../controls/button.tsx'
import { Notice } from '../controls/notice.tsx'
import { ofPerson, t } from '../words/words.ts'

/** Grants that continue because their revocation did not reach the organization, with a link to its account page. */
export const UnrevokedNotices = ({ all }: { all: readonly Unrevoked[] }) => (
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
