import type { Words } from './en.ts'
import { limitsEs, windowsEs } from './limits.ts'
import { logChangesEs } from './log-changes.ts'
import { patientsEs } from './patients.ts'
import { changePasswordEs, choosePasswordEs, signInEs } from './sign-in.ts'
import { hintsEs, typesEs } from './types.ts'

export const es: Words = {
  signedInAs: 'sesión de',
  signIn: signInEs,
  choosePassword: choosePasswordEs,
  changePassword: changePasswordEs,
  consent: {
    title: 'Permitir el acceso',
    notYou: '¿no es usted?',
    wants: {
      patient: 'quiere leer de su historia clínica',
      clinician: 'quiere leer historias clínicas por usted',
      admin: 'quiere actuar aquí por usted',
    },
    extension: 'Una extensión del navegador',
    computer: 'Un programa en este ordenador',
    web: (host) => `Una aplicación en ${host}, la dirección con la que está registrada`,
    registered: (day) => `registrada aquí el ${day}`,
    limits: 'No puede cambiar una historia clínica y nunca ve su contraseña.',
    recordOf: (person) => `La historia de ${person}`,
    recordUnread: 'El nombre en esta historia no se puede mostrar ahora.',
    undecided: {
      nothing_chosen: 'Elija al menos una opción, o pulse Denegar.',
      changed_meanwhile:
        'No se permitió nada, porque esta página ya no estaba al día. Ahora muestra el estado actual, con lo que eligió donde aún se aplica. Compruébelo y decida de nuevo.',
    },
    what: 'Qué puede leer',
    howLong: 'Cuánto tiempo',
    longest: (organization, length) =>
      `En ${organization}, el acceso que usted permite dura como máximo ${length}.`,
    endsWithVisit: (application, end) =>
      `${application} no pide seguir conectada: el acceso termina cuando cierre la sesión allí, como máximo ${end}.`,
    sooner: (application, address) =>
      `Puede terminarlo antes, cerrando la sesión en ${application} o en ${address}.`,
    nothingToGive: (application) => `Esta cuenta no puede dar lo que ${application} pide`,
    notAdministrator: (person) => `${person} no es administrador aquí`,
    signInOtherwise: 'No se ha compartido nada. Inicie sesión con una cuenta que pueda darlo, o cancele.',
    somebodyElse: 'Iniciar sesión como otra persona',
    cancel: 'Cancelar',
    allow: 'Permitir',
    deny: 'Denegar',
  },
  windows: windowsEs,
  whileUsed: (end) => `solo mientras la use, como máximo ${end}`,
  until: (end) => `hasta ${end}`,
  untilSignOut: (end) => `hasta que cierre la sesión, como máximo ${end}`,
  untilRemoved: (end) => `hasta que la quite, como máximo ${end}`,
  atTheLatest: (end) => `como máximo ${end}`,
  todayAt: (time) => `hoy a las ${time}`,
  dayAt: (day, time) => `${day}, ${time}`,
  kinds: {
    identity: 'Quién es usted',
    observations: 'Signos vitales y resultados',
    conditions: 'Afecciones y alergias',
    medications: 'Medicamentos y vacunas',
    care: 'Visitas y atención',
    log: 'Quién leyó su historia',
    directory: 'El directorio de la organización',
  },
  offers: {
    patients: {
      label: 'Historias de los pacientes',
      hint: 'buscar pacientes y leer las historias que usted puede ver',
    },
    'every-access': { label: 'El registro de accesos', hint: 'todos los accesos en esta organización' },
    register: {
      label: 'Gestionar aplicaciones',
      hint: 'registrar, cambiar, desactivar y borrar cualquier aplicación que pueda pedir acceso a los pacientes, y darle un secreto nuevo',
    },
    'sign-in': {
      label: 'Quién es usted aquí',
      hint: 'para iniciar la sesión; nada del contenido de una historia clínica',
    },
  },
  learned: {
    sentence: (facts) => `Siempre conoce ${facts}.`,
    facts: {
      name: 'su nombre',
      account: 'su número aquí',
      record: 'el número de su historia',
      practitioner: 'su número de profesional',
      patient: 'de qué paciente se trata',
      visit: 'de qué visita se trata',
    },
  },
  recordOf: (name) => `La historia de ${name ?? 'este paciente'}`,
  whoThePatientIs: 'quién es el paciente',
  ofThisPatient: 'solo de este paciente',
  limited: limitsEs,
  insteadOfAll: 'Si no todo, solo:',
  counts: {
    readings: (count, number) => `${number} ${count === 1 ? 'medición' : 'mediciones'}`,
    entries: (count, number) => `${number} ${count === 1 ? 'entrada' : 'entradas'}`,
    documents: (count, number) => `${number} ${count === 1 ? 'documento o plan' : 'documentos y planes'}`,
    devices: (count, number) => `${number} ${count === 1 ? 'dispositivo' : 'dispositivos'}`,
    notReadFrom: (company) => `aún no leído de ${company}`,
    none: 'nada registrado',
  },
  account: {
    title: 'Su cuenta',
    findPatient: 'Buscar un paciente',
    connected: 'Aplicaciones conectadas',
    none: 'Ninguna aplicación puede leer nada por usted.',
    mayRead: 'Puede leer:',
    mayReadNothing: 'Ahora no puede leer nada, porque esta organización ya no se lo permite.',
    allowed: (moment) => `permitida ${moment}`,
    allowedIn: (browser, system) => `con ${browser} en ${system}`,
    lastUsed: (moment) => `último uso: ${moment}`,
    neverUsed: 'aún sin usar',
    change: 'Cambiar o desconectar',
    changeNamed: (application) => `Cambiar o desconectar ${application}`,
    whoRead: 'Quién leyó mi historia',
    whoReadAbout: 'Cada acceso a su historia: quién, qué, cuándo y con qué aplicación.',
    showLog: 'Ver quién leyó mi historia',
    person: {
      title: 'Su nombre y fecha de nacimiento',
      correct: 'Corregir su nombre o fecha de nacimiento',
      why: 'Aparecen dondequiera que se muestre su registro. Escríbalos como los escribe su clínica, para que sus registros puedan mostrarse juntos.',
      cancel: 'Cancelar',
      save: 'Guardar',
      saved: 'Guardado.',
    },
    partner: {
      about: (partner) => `Sus mediciones vienen de ${partner} y se traen antes de leerse.`,
      end: (partner) => `Desconectar ${partner}`,
      ending: (partner) =>
        `${partner} está desconectado aquí. ${partner} todavía no lo ha confirmado y se le vuelve a avisar hasta que lo haga.`,
      loses: (partner) =>
        `Lo que se trajo de ${partner} se borra aquí, y se avisa a ${partner} de que no responda más. Sus mediciones siguen allí. Para volver a conectar, inicie sesión con ${partner}.`,
      no: 'Mantener',
      yes: 'Desconectar',
    },
    signOutTitle: 'Cerrar la sesión',
    signOut: 'Cerrar sesión',
    signOutAbout: 'Termina su sesión en estas páginas en este navegador.',
    everywhere: 'Cerrar sesión en este sitio en todos los dispositivos',
    everywhereAbout:
      'Termina sus sesiones en todos los navegadores: en estas páginas y donde una aplicación espera su permiso. Las aplicaciones siguen conectadas hasta que las desconecte.',
    disconnectAll: 'Desconectar todas las aplicaciones',
    back: 'Volver a su cuenta',
    incidents: {
      refresh_reuse_detected: (application, moment) =>
        `Una conexión de ${application} terminó ${moment}, porque una de sus claves antiguas se usó por segunda vez.`,
      code_reuse_detected: (application, moment) =>
        `Una conexión de ${application} terminó ${moment}, porque la clave de su inicio de sesión se usó por segunda vez.`,
    },
    afterIncident:
      'Alguien puede haberla copiado, así que dejó de servir. Para reponer esta conexión, vuelva a conectar la aplicación.',
  },
  connection: {
    saved: {
      narrowed: 'Guardado. Esta conexión ahora solo permite lo que figura aquí.',
      shortened: 'Guardado. Esta conexión ahora termina antes.',
      both: 'Guardado. Esta conexión ahora solo permite lo que figura aquí y termina antes.',
      nothing: 'No se ha cambiado nada.',
      meanwhile:
        'No se guardó nada, porque entretanto se cambió en otro lugar. La página muestra el estado actual.',
    },
    nothingLeft:
      'No se guardó nada. La aplicación todavía puede leer todo esto. Para no permitir nada de esto, termine la conexión.',
    what: 'Qué puede leer',
    isOneOfSeveral: 'Esta aplicación está conectada más de una vez. Aquí solo cambia esta conexión.',
    whatAbout: 'Desmarque lo que ya no deba leer. Para permitir más, conéctese de nuevo desde la aplicación.',
    save: 'Guardar cambios',
    howLong: 'Cuánto tiempo',
    keep: 'Sin cambios',
    disconnect: 'Desconectar',
    disconnectAbout: 'Ya no podrá leer nada.',
    endOne: 'Terminar esta conexión',
    endOneAbout: 'La aplicación sigue conectada.',
  },
  disconnect: {
    title: (application) => `¿Desconectar ${application}?`,
    titleOne: (application) => `¿Terminar esta conexión de ${application}?`,
    titleAll: '¿Desconectar todas las aplicaciones?',
    loses: (application) =>
      `${application} ya no podrá leer nada. Conserva lo que ya ha leído. Para conectarla de nuevo, inicie sesión desde la aplicación.`,
    losesOne: (application) =>
      `${application} sigue conectada y puede seguir leyendo lo que permiten sus otras conexiones. Conserva lo que ya ha leído.`,
    losesAll:
      'Ya no podrán leer nada. Conservan lo que ya han leído. Para conectar una de nuevo, inicie sesión desde ella.',
    yes: 'Desconectar',
    yesOne: 'Terminarla',
    no: 'Mantenerla',
    noAll: 'Mantenerlas',
    done: (application) => `${application} está desconectada.`,
    doneOne: (application) => `Una conexión de ${application} ha terminado; ${application} sigue conectada.`,
    doneAll: 'Todas las aplicaciones están desconectadas.',
  },
  log: {
    title: 'Quién leyó mi historia',
    about: (timeZone) =>
      `Lo más reciente primero. Las horas están en ${timeZone === undefined ? 'UTC, porque su navegador no indicó su zona horaria' : `su zona horaria (${timeZone})`}. Al ver esta lista se le añade una entrada.`,
    none: 'Aún no hay ninguna entrada.',
    noneOlder: 'No hay entradas anteriores.',
    through: (application) => `con ${application}`,
    refused: 'rechazado',
    failed: 'fallido',
    older: 'Entradas anteriores',
    newest: 'Volver a las más recientes',
    somebody: 'Alguien que no inició sesión',
    holder: 'Alguien con una clave de su historia clínica',
    administration: 'La administración',
    erased: 'Borrado; el registro no dice cuándo ni por quién',
    erasedOn: (date) => `Borrado el ${date}`,
    onOwnPages: 'en estas páginas',
    download: 'Descargar con pruebas',
    downloadAbout:
      'Todas las entradas en un archivo, con la prueba de que no han cambiado. Guarde el archivo: se puede comprobar más tarde, sin nosotros.',
    downloading: {
      title: 'Su descarga está en curso',
      sentence: 'Solo se hace una a la vez. Espere a que termine y vuelva a intentarlo.',
    },
    kinds: {
      read: 'leyó',
      search: 'buscó',
      authorize: 'pidió acceso',
      'sign-in': 'inició sesión',
      'sign-out': 'cerró la sesión',
      consent: 'decidió qué puede leer la aplicación',
      token: 'una clave para la aplicación',
      revoke: 'terminó una conexión de la aplicación',
      introspect: 'se comprobó una clave',
      userinfo: 'leyó quién tiene la sesión',
      register: 'registró una aplicación',
      account: 'cambió una cuenta',
      proof: 'pidió pruebas de que el registro no ha cambiado',
      export: 'descargó esta lista',
      erasure: 'borró las entradas anteriores de esta lista',
      other: 'pidió otra cosa',
    },
    changes: logChangesEs,
    reasons: {
      refresh_reuse_detected: 'una clave antigua se usó de nuevo; la conexión terminó',
      code_reuse_detected: 'la clave de un inicio de sesión se usó de nuevo; la conexión terminó',
    },
    endings: {
      wrong_password: 'intentó iniciar sesión con una contraseña incorrecta',
      access_denied: 'no lo permitió',
      not_this_person: 'no terminó de iniciar sesión',
    },
  },
  types: typesEs,
  hints: hintsEs,
  patients: patientsEs,
  forAdministrator: 'Para su administrador:',
  handOn: {
    title: 'De vuelta a la extensión',
    sentence: 'La organización ha respondido. Esta ventana continúa automáticamente.',
    link: 'Continuar',
  },
  problem: {
    foreignForm: {
      title: 'Este formulario no se envió desde aquí',
      sentence: 'Cierre esta ventana e inicie sesión de nuevo.',
    },
    foreignOwnForm: {
      title: 'Este formulario no se envió desde aquí',
      sentence: 'No se cambió nada. Abra la página de nuevo y vuelva a intentarlo.',
    },
    over: {
      title: 'Este inicio de sesión ha terminado',
      sentence: 'Tardó demasiado, o se abrió en otra ventana. Cierre esta ventana y empiece de nuevo.',
    },
    launchEnded: {
      title: 'Esta apertura ha terminado',
      sentence:
        'Pertenece a la persona que abrió al paciente, cuya sesión ya está cerrada. Inicie sesión, abra al paciente y vuelva a abrir la aplicación desde allí.',
    },
    failed: {
      title: 'Algo ha fallado',
      sentence: 'No se cambió nada. Cierre esta ventana y vuelva a intentarlo en un momento.',
    },
    tooManyBegun: {
      title: 'Demasiados inicios de sesión',
      sentence: (minutes) =>
        `En su red se empezaron demasiados inicios de sesión que nadie terminó. Espere ${minutes === 1 ? 'un minuto' : `${minutes} minutos`}, cierre esta ventana y vuelva a intentarlo.`,
    },
    unreadable: {
      title: 'Este formulario no se puede leer',
      sentence: 'No se cambió nada. Cierre esta ventana y empiece de nuevo.',
    },
    nobodyWaits: {
      title: 'Este inicio de sesión no puede continuar',
      sentence:
        'Nadie espera esta respuesta. Cierre esta ventana e inicie sesión de nuevo desde la extensión.',
    },
    request: {
      title: 'No se aceptó esta petición',
      sentence: 'La aplicación que le envió aquí hizo una petición no válida. No se compartió nada.',
    },
    disabled: (application, organization) => ({
      title: 'Esta aplicación está desactivada',
      sentence: `${organization} ha desactivado ${application}, que por eso no puede leer su historia clínica. No se compartió nada. Si la necesita, pregunte a ${organization}.`,
    }),
    tooManyGrants: {
      title: 'Hay demasiadas aplicaciones conectadas',
      sentence:
        'No se compartió nada. Puede tener 500 conexiones como máximo. Desconecte algunas que ya no use y vuelva a iniciar sesión.',
    },
    nowhere: {
      title: 'Página no encontrada',
      sentence: 'Compruebe la dirección o vaya a su cuenta.',
    },
    notFound: {
      title: 'Página no encontrada',
      sentence:
        'Puede que la aplicación se haya desconectado entretanto. Vuelva a su cuenta para ver qué está conectado.',
    },
  },
}
