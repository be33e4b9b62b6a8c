import browser from 'webextension-polyfill'
import { Button } from '../ui/button.tsx'
import { t } from '../ui/words.ts'

/** Opens the summary in a tab, because a popup may close before a file is ready. */
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
