import type { OutOfReachPart } from '../record/out-of-reach.tsx'
import { Button } from '../ui/controls/button.tsx'
import { ProblemNotice } from '../ui/controls/notice.tsx'
import { When } from '../ui/words/when.tsx'
import { t } from '../ui/words/words.ts'

/** Names each organization that gives nothing now, on paper too. */
export const AwayNotices = ({ away }: { away: OutOfReachPart[] }) =>
  away.map(({ connection, problem, readAt, retry }) => (
    <ProblemNotice
      key={connection.id}
      problem={problem}
      organization={connection.providerName}
      actions={<Button onClick={retry}>{t('try_again')}</Button>}
    >
      {readAt !== undefined && (
        <>
          {t('last_read')} <When at={readAt} as="lately" />.
        </>
      )}
    </ProblemNotice>
  ))
