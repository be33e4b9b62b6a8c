import browser from 'webextension-polyfill'
import type { Problem } from '../../messages/errors.ts'
import type { Provider } from '../../messages/state.ts'
import { t } from '../words/words.ts'

interface Props {
  problem: Problem
  provider: Provider | undefined
}

/** Problems of a sign-in that a wrong Client ID may cause. */
export const WRONG_CLIENT = ['sign-in-page-failed', 'wrong-credentials']

/** After a sign-in that a wrong Client ID may have caused: where to check it, if it was entered by hand. */
export const CheckClientId = ({ problem, provider }: Props) =>
  WRONG_CLIENT.includes(problem.code) && provider && !provider.builtIn && !provider.addedOnFindPage ? (
    <>
      {t('client_id_by_hand')}{' '}
      <a
        href={browser.runtime.getURL('extension/options/index.html#configure')}
        target="_blank"
        rel="noopener"
      >
        {t('check_client_id')}
      </a>
    </>
  ) : null
