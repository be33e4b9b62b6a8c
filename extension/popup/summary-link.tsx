import browser from 'webextension-polyfill'
import { Button } from '../ui/button.tsx'
import { t } from '../ui/words.ts'

/** To a page of its own: a popup is gone before a file is made. */
export const SummaryLink = () => (
  <section>
    <Button
      look="plain"
      onClick={() => browser.tabs.create({ url: browser.runtime.getURL('extension/summary/index.html') })}
    >
      {t('summary_open')}
    </Button>
  </section>
)
