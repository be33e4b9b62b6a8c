import { Button } from '../ui/button.tsx'
import { t } from '../ui/words.ts'
import { openOptions } from './shell.tsx'

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
