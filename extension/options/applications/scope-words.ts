import { listNames, lists } from '../../messages/record-lists.ts'
import { t } from '../../ui/words/words.ts'

/** Whose data, what type, and with which letters (SMART App Launch 2.2, "Scopes for requesting FHIR resources"). */
const RECORD_SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\./

/** Says what an application may ask for with a scope; empty for one without words. */
export const scopeWords = (scope: string): string => {
  const [, whose, type] = RECORD_SCOPE.exec(scope) ?? []
  if (whose && type) return t(`scope_of_${whose as 'patient'}`, typeWords(type))
  if (scope === 'openid' || scope === 'fhirUser' || scope === 'profile') return t('scope_identity')
  if (scope === 'offline_access') return t('scope_offline')
  if (scope === 'launch' || scope.startsWith('launch/')) return t('scope_open')
  return scope === 'client.register' ? t('scope_register') : ''
}

const typeWords = (type: string): string => {
  if (type === '*') return t('scope_all')
  if (type === 'Patient') return t('may_read_patients')
  if (type === 'AuditEvent') return t('access_log')
  if (type === 'Observation') return t('scope_observations')
  const name = listNames.find((each) => (lists[each] as readonly string[]).includes(type))
  return name ? t(`list_${name}`) : type
}
