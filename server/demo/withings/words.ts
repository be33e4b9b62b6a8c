/** The sentences of the stand-in's pages. */
const en = {
  title: 'Stand-in for Withings',
  notice: 'This is not Withings. It is a stand-in on this computer, and its readings are invented.',
  intro:
    'It answers in place of account.withings.com and wbsapi.withings.net, so that the demo needs no account there.',
  signIn: 'Sign in',
  wanted: (application: string) => `${application} wants to read your measurements.`,
  username: 'Username',
  password: 'Password',
  account: (usernames: string) => `Accounts: ${usernames}. The password is the username and "-demo".`,
  wrong: 'This username or password is wrong.',
  ask: (application: string) => `Let ${application} read your data?`,
  scopes: {
    'user.metrics': 'Weight, blood pressure and other measurements',
    'user.activity': 'Activity',
    'user.sleepevents': 'When you go to bed and get up',
  } as Readonly<Record<string, string>>,
  allow: 'Allow',
  deny: 'Do not allow',
  signedInAs: (name: string) => `Signed in as ${name}.`,
  another: 'Use another account',
  applications: 'Who may read your data',
  none: 'Nobody may.',
  end: (application: string) => `End access of ${application}`,
  maintenance: 'This service is being maintained.',
}

export type Words = typeof en

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
