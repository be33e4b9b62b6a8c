/** The sentences of the stand-in's pages. */
export interface Words {
  readonly title: string
  readonly notice: string
  readonly intro: string
  readonly signIn: string
  readonly wanted: (application: string) => string
  readonly username: string
  readonly password: string
  readonly account: (usernames: string) => string
  readonly wrong: string
  readonly ask: (application: string) => string
  readonly scopes: Readonly<Record<string, string>>
  readonly allow: string
  readonly deny: string
  readonly signedInAs: (name: string) => string
  readonly another: string
  readonly applications: string
  readonly none: string
  readonly end: (application: string) => string
  readonly maintenance: string
}

const en: Words = {
  title: 'Stand-in for Withings',
  notice: 'This is not Withings. It is a stand-in on this computer, and its readings are invented.',
  intro:
    'It answers in place of account.withings.com and wbsapi.withings.net, so that the demo needs no account there.',
  signIn: 'Sign in',
  wanted: (application) => `${application} wants to read your measurements.`,
  username: 'Username',
  password: 'Password',
  account: (usernames) => `Accounts: ${usernames}. The password is the username and "-demo".`,
  wrong: 'This username or password is wrong.',
  ask: (application) => `Let ${application} read your data?`,
  scopes: {
    'user.metrics': 'Weight, blood pressure and other measurements',
    'user.activity': 'Activity',
    'user.sleepevents': 'When you go to bed and get up',
  },
  allow: 'Allow',
  deny: 'Do not allow',
  signedInAs: (name) => `Signed in as ${name}.`,
  another: 'Use another account',
  applications: 'Who may read your data',
  none: 'Nobody may.',
  end: (application) => `End access of ${application}`,
  maintenance: 'This service is being maintained.',
}

const es: Words = {
  title: 'Sustituto de Withings',
  notice: 'Esto no es Withings. Es un sustituto en este equipo, y sus mediciones son inventadas.',
  intro:
    'Responde en lugar de account.withings.com y wbsapi.withings.net, para que la demostración no necesite una cuenta allí.',
  signIn: 'Iniciar sesión',
  wanted: (application) => `${application} quiere leer sus mediciones.`,
  username: 'Usuario',
  password: 'Contraseña',
  account: (usernames) => `Cuentas: ${usernames}. La contraseña es el usuario y «-demo».`,
  wrong: 'El usuario o la contraseña no es correcto.',
  ask: (application) => `¿Permitir que ${application} lea sus datos?`,
  scopes: {
    'user.metrics': 'Peso, presión arterial y otras mediciones',
    'user.activity': 'Actividad',
    'user.sleepevents': 'Cuándo se acuesta y se levanta',
  },
  allow: 'Permitir',
  deny: 'No permitir',
  signedInAs: (name) => `Sesión iniciada como ${name}.`,
  another: 'Usar otra cuenta',
  applications: 'Quién puede leer sus datos',
  none: 'Nadie.',
  end: (application) => `Terminar el acceso de ${application}`,
  maintenance: 'Este servicio está en mantenimiento.',
}

/** @param language as `Locale.language`. */
export const wordsIn = (language: string): Words => (language === 'es' ? es : en)
