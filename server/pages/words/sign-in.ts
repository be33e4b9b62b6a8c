/** The sentences of the pages on which people sign in and choose a password. */
export const signInEn = {
  title: 'Sign in',
  forApplication: (application: string) => `to continue to ${application}. It never sees your password.`,
  forAccount: 'to see which applications may read what, and to change it.',
  forEhr: 'to find a patient and open an application.',
  wrong: 'Wrong username or password. Check both and try again.',
  wait: (minutes: number) =>
    `Too many attempts failed. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, then try again.`,
  busy: 'Many people are signing in right now. Try again in a moment.',
  username: 'Username',
  password: 'Password',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  button: 'Sign in',
  forgotten: {
    question: 'Forgot your password?',
    answer: (organization: string) =>
      `Ask ${organization}, in person or by phone. You get a link with which you choose a new password.`,
  },
  partner: {
    button: (partner: string) => `Sign in with ${partner}`,
    what: (partner: string, organization: string) =>
      partner === organization
        ? `You sign in at ${partner} itself, and allow there that your readings are read here.`
        : `You sign in at ${partner}, and allow there that ${organization} reads your readings.`,
    password: 'Sign in with a password',
    refused: {
      denied: (partner: string) =>
        `You did not allow it at ${partner}, so nobody is signed in here. Nothing was kept.`,
      late: (partner: string) =>
        `Signing in with ${partner} took too long, or was answered before. Start again.`,
      away: (partner: string) => `${partner} cannot be reached now. Try again in a few minutes.`,
      busy: (partner: string) =>
        `Many people are signing in with ${partner} right now. Try again in a minute.`,
      disabled: () => 'This account is switched off here. Ask the organization.',
      taken: (partner: string) =>
        `The readings of this record already come from another account at ${partner}. Nobody is signed in, and ${partner} is told to answer no longer. Ask the organization.`,
    },
  },
  name: {
    title: 'Who are you?',
    why: (partner: string) =>
      `${partner} does not tell your name. Type it as your clinic writes it, so that your records can be shown together.`,
    given: 'Given name',
    family: 'Family name',
    birthDate: 'Birth date',
    missing: 'Type both names and the day you were born, between 1880 and today.',
    button: 'Continue',
  },
  somebodyElse: {
    title: (person: string) => `Are you ${person}?`,
    about: (person: string) => `You are signed in here as ${person}. This page was opened for somebody else.`,
    continueAs: (person: string) => `Continue as ${person}`,
  },
}

export const choosePasswordEn = {
  title: 'Choose a password',
  about: (organization: string) => `to sign in at ${organization}. This page works once.`,
  password: 'Password',
  rule: (least: number, better: number) =>
    `At least ${least} characters; ${better} or more are better. A few words are easy to remember.`,
  again: 'Repeat password',
  showBoth: 'Show both passwords',
  hideBoth: 'Hide both passwords',
  button: 'Save password',
  faults: {
    short: (length: number) => `This password is too short. Use at least ${length} characters.`,
    long: (length: number) => `This password is too long. Use at most ${length} characters.`,
    guessable: () =>
      'This password is easy to guess. Choose one that is no common word, name, sequence or repetition.',
    different: () => 'The two passwords differ. Type the same one twice.',
  },
  saved: {
    title: 'Your password is saved',
    sentence: (username: string) => `Sign in as ${username} with it from now on.`,
  },
  over: {
    title: 'This link no longer works',
    sentence: 'A link works once, for up to three days. Ask the organization for a new one.',
  },
}

export const changePasswordEn = {
  section: 'Your password',
  title: 'Change your password',
  about:
    'A new password signs you out in all other browsers, and disconnects all applications. You can connect them again afterwards.',
  current: 'Current password',
  password: 'New password',
  showAll: 'Show all passwords',
  hideAll: 'Hide all passwords',
  wrong: 'The current password is wrong. Nothing was changed.',
  saved:
    'Your password is changed. You are signed out in all other browsers, and all applications are disconnected.',
}

export const signInEs: typeof signInEn = {
  title: 'Iniciar sesión',
  forApplication: (application) => `para continuar a ${application}, que nunca ve su contraseña.`,
  forAccount: 'para ver qué aplicaciones pueden leer qué, y cambiarlo.',
  forEhr: 'para buscar a un paciente y abrir una aplicación.',
  wrong: 'Usuario o contraseña incorrectos. Compruebe ambos y vuelva a intentarlo.',
  wait: (minutes) =>
    `Demasiados intentos fallidos. Espere ${minutes === 1 ? 'un minuto' : `${minutes} minutos`} y vuelva a intentarlo.`,
  busy: 'Muchas personas están iniciando sesión en este momento. Vuelva a intentarlo en unos instantes.',
  username: 'Usuario',
  password: 'Contraseña',
  showPassword: 'Mostrar la contraseña',
  hidePassword: 'Ocultar la contraseña',
  button: 'Iniciar sesión',
  forgotten: {
    question: '¿Olvidó su contraseña?',
    answer: (organization) =>
      `Pregunte en ${organization}, en persona o por teléfono. Recibirá un enlace con el que elegirá una contraseña nueva.`,
  },
  partner: {
    button: (partner) => `Iniciar sesión con ${partner}`,
    what: (partner, organization) =>
      partner === organization
        ? `Inicia sesión en ${partner} mismo y allí permite que sus mediciones se lean aquí.`
        : `Inicia sesión en ${partner} y allí permite que ${organization} lea sus mediciones.`,
    password: 'Iniciar sesión con una contraseña',
    refused: {
      denied: (partner) =>
        `No lo permitió en ${partner}, así que nadie ha iniciado sesión aquí. No se ha guardado nada.`,
      late: (partner) =>
        `El inicio de sesión con ${partner} tardó demasiado o ya se había respondido. Empiece de nuevo.`,
      away: (partner) => `Ahora no se puede acceder a ${partner}. Vuelva a intentarlo en unos minutos.`,
      busy: (partner) =>
        `Muchas personas están iniciando sesión con ${partner} ahora. Vuelva a intentarlo en un minuto.`,
      disabled: () => 'Esta cuenta está desactivada aquí. Pregunte a la organización.',
      taken: (partner) =>
        `Las mediciones de esta historia ya vienen de otra cuenta de ${partner}. Nadie ha iniciado sesión, y se avisa a ${partner} de que no responda más. Pregunte a la organización.`,
    },
  },
  name: {
    title: '¿Quién es usted?',
    why: (partner) =>
      `${partner} no indica su nombre. Escríbalo como lo escribe su clínica, para que sus registros puedan mostrarse juntos.`,
    given: 'Nombre',
    family: 'Apellidos',
    birthDate: 'Fecha de nacimiento',
    missing: 'Escriba el nombre, los apellidos y el día en que nació, entre 1880 y hoy.',
    button: 'Continuar',
  },
  somebodyElse: {
    title: (person) => `¿Es usted ${person}?`,
    about: (person) => `Aquí ha iniciado sesión ${person}. Esta página se abrió para otra persona.`,
    continueAs: (person) => `Continuar como ${person}`,
  },
}

export const choosePasswordEs: typeof choosePasswordEn = {
  title: 'Elegir una contraseña',
  about: (organization) => `para iniciar sesión en ${organization}. Esta página sirve una sola vez.`,
  password: 'Contraseña',
  rule: (least, better) =>
    `Al menos ${least} caracteres; mejor ${better} o más. Unas pocas palabras son fáciles de recordar.`,
  again: 'Repetir la contraseña',
  showBoth: 'Mostrar ambas contraseñas',
  hideBoth: 'Ocultar ambas contraseñas',
  button: 'Guardar la contraseña',
  faults: {
    short: (length) => `Esta contraseña es demasiado corta. Use al menos ${length} caracteres.`,
    long: (length) => `Esta contraseña es demasiado larga. Use como máximo ${length} caracteres.`,
    guessable: () =>
      'Esta contraseña es fácil de adivinar. Elija una que no sea una palabra común, un nombre, una secuencia ni una repetición.',
    different: () => 'Las dos contraseñas son distintas. Escriba la misma dos veces.',
  },
  saved: {
    title: 'Su contraseña está guardada',
    sentence: (username) => `A partir de ahora, inicie sesión con ella como ${username}.`,
  },
  over: {
    title: 'Este enlace ya no sirve',
    sentence: 'Un enlace sirve una sola vez, durante tres días como máximo. Pida otro a la organización.',
  },
}

export const changePasswordEs: typeof changePasswordEn = {
  section: 'Su contraseña',
  title: 'Cambiar su contraseña',
  about:
    'Una contraseña nueva cierra su sesión en todos los demás navegadores y desconecta todas las aplicaciones. Después puede volver a conectarlas.',
  current: 'Contraseña actual',
  password: 'Contraseña nueva',
  showAll: 'Mostrar todas las contraseñas',
  hideAll: 'Ocultar todas las contraseñas',
  wrong: 'La contraseña actual no es correcta. No se ha cambiado nada.',
  saved:
    'Su contraseña se ha cambiado. Se cerró su sesión en todos los demás navegadores, y todas las aplicaciones están desconectadas.',
}
