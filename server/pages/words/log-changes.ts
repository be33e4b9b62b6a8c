/** What was changed, as the log names it. */
export const logChangesEn = {
  renewed: 'renewed the key of the application',
  grant: {
    consent: (application: string) => `changed what ${application} may read, or for how long`,
    revoke: (application: string) => `ended a connection of ${application}`,
  },
  account: {
    invite: 'invited this account',
    disable: 'disabled this account',
    enable: 'enabled this account',
    reset: 'reset the password of this account',
    remove: 'removed this account',
  },
}

export const logChangesEs: typeof logChangesEn = {
  renewed: 'renovó la clave de la aplicación',
  grant: {
    consent: (application) => `cambió lo que ${application} puede leer, o durante cuánto tiempo`,
    revoke: (application) => `terminó una conexión de ${application}`,
  },
  account: {
    invite: 'invitó a esta cuenta',
    disable: 'desactivó esta cuenta',
    enable: 'activó esta cuenta',
    reset: 'restableció la contraseña de esta cuenta',
    remove: 'eliminó esta cuenta',
  },
}
