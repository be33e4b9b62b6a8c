/** What a change of an account was, as the log names it. */
export const accountChangesEn = {
  invite: 'invited this account',
  disable: 'disabled this account',
  enable: 'enabled this account',
  reset: 'reset the password of this account',
  remove: 'removed this account',
}

export const accountChangesEs: typeof accountChangesEn = {
  invite: 'invitó a esta cuenta',
  disable: 'desactivó esta cuenta',
  enable: 'activó esta cuenta',
  reset: 'restableció la contraseña de esta cuenta',
  remove: 'eliminó esta cuenta',
}
