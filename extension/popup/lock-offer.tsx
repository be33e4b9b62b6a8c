import { ask } from '../messages/ask.ts'
import { Button } from '../ui/controls/button.tsx'
import { t } from '../ui/words/words.ts'
import { openOptions } from './frame/shell.tsx'

/** Offers a lock below the person’s own record until they answer, because others at this browser could open that record. */
export const LockOffer = () => {
  const answer = () => ask('answer-lock-offer').catch(() => undefined)
  const choose = () => {
    answer()
    openOptions('lock')
  }
  return (
    <section class="stack" aria-labelledby="lock-offer">
      <div>
        <h2 id="lock-offer">{t('lock_offer_title')}</h2>
        <p class="quiet small">{t('lock_offer')}</p>
      </div>
      <div class="row">
        <Button onClick={choose}>{t('lock_set_title')}</Button>
        <Button look="plain" onClick={answer}>
          {t('lock_offer_no')}
        </Button>
      </div>
    </section>
  )
}
