import { Button } from '../ui/controls/button.tsx'
import { t } from '../ui/words/words.ts'
import { openOptions } from './frame/shell.tsx'

export const AdministratorCard = () => (
  <div class="card stack">
    <p>{t('administrator_can')}</p>
    <div class="row">
      <Button look="primary" onClick={() => openOptions('applications')}>
        {t('applications')}
      </Button>
      <Button onClick={() => openOptions('access-log')}>{t('access_log')}</Button>
    </div>
  </div>
)
