/** The sentences of the pages on which a clinician looks for a patient, and opens an application for one. */
export const patientsEn = {
  fields: {
    name: 'Full name (exact match)',
    given: 'Given',
    family: 'Family',
    gender: 'Gender',
    identifier: 'Identifier',
    birthdate: 'Birthdate',
  },
  genders: { '': 'any', female: 'female', male: 'male', other: 'other', unknown: 'unknown' },
  search: 'Search patients',
  found: 'Patients found',
  malformed: 'A field holds what cannot be searched for. Check them and try again.',
  nobody: 'No patient fits. Leave a field out, or write the name as it is in the record.',
  fit: (total: string, one: boolean) => (one ? 'One patient fits.' : `${total} patients fit.`),
  more: (shown: string) =>
    `More than ${shown} patients fit; here are the first ${shown}. Say more to find the right one.`,
  born: (day: string) => `born ${day}`,
  number: (identifier: string) => `number ${identifier}`,
  noDate: 'no date',
  cancel: 'Cancel',
  pickTitle: 'Choose a patient',
  which: 'Which patient?',
  pickAbout: (application: string) =>
    `${application} will be opened for this patient. Nothing is shared yet.`,
  without: 'Go on without a patient',
  visitTitle: 'Choose a visit',
  whichVisit: (patient: string) => `Which visit of ${patient}?`,
  visitAbout: (application: string) => `${application} asks for one. Nothing is shared yet.`,
  withoutVisit: 'Go on without a visit',
  find: 'Find a patient',
  another: 'Another patient',
  open: 'Open an application',
  forVisit: (visit: string, day: string | undefined) =>
    `For this patient and the visit “${visit}”${day === undefined ? '' : ` of ${day}`}.`,
  forNoVisit: 'For this patient, and no visit.',
  noApplication:
    'No application is registered that can be opened from here. An administrator adds one with its launch address:',
  extension: 'A browser extension',
  visit: 'Visit',
  none: 'None',
  problems: {
    noPatient: { title: 'There is no such patient', sentence: 'Search for the patient again.' },
    noApplication: {
      title: 'There is no such application',
      sentence: 'An administrator registers applications here.',
    },
    foreign: {
      title: 'This did not begin here',
      sentence: 'Open the patient, and launch the application from there.',
    },
    clinicians: {
      title: 'This page is for clinicians',
      sentence: 'Your own record and who reads it are at your account.',
    },
  },
}

export const patientsEs: typeof patientsEn = {
  fields: {
    name: 'Nombre completo (exacto)',
    given: 'Nombre',
    family: 'Apellido',
    gender: 'Sexo',
    identifier: 'Identificador',
    birthdate: 'Fecha de nacimiento',
  },
  genders: {
    '': 'cualquiera',
    female: 'femenino',
    male: 'masculino',
    other: 'otro',
    unknown: 'desconocido',
  },
  search: 'Buscar pacientes',
  found: 'Pacientes encontrados',
  malformed: 'Un campo contiene algo que no se puede buscar. Revíselos e inténtelo de nuevo.',
  nobody: 'Ningún paciente coincide. Deje un campo vacío o escriba el nombre como consta en la historia.',
  fit: (total, one) => (one ? 'Coincide un paciente.' : `Coinciden ${total} pacientes.`),
  more: (shown) =>
    `Coinciden más de ${shown} pacientes; aquí están los primeros ${shown}. Añada datos para encontrar el correcto.`,
  born: (day) => `nacimiento: ${day}`,
  number: (identifier) => `número ${identifier}`,
  noDate: 'sin fecha',
  cancel: 'Cancelar',
  pickTitle: 'Elegir un paciente',
  which: '¿Qué paciente?',
  pickAbout: (application) => `${application} se abrirá para este paciente. Aún no se comparte nada.`,
  without: 'Continuar sin paciente',
  visitTitle: 'Elegir una visita',
  whichVisit: (patient) => `¿Qué visita de ${patient}?`,
  visitAbout: (application) => `${application} pide una. Aún no se comparte nada.`,
  withoutVisit: 'Continuar sin visita',
  find: 'Buscar un paciente',
  another: 'Otro paciente',
  open: 'Abrir una aplicación',
  forVisit: (visit, day) =>
    `Para este paciente y la visita «${visit}»${day === undefined ? '' : ` del ${day}`}.`,
  forNoVisit: 'Para este paciente, sin visita.',
  noApplication:
    'No hay ninguna aplicación registrada que se pueda abrir desde aquí. Un administrador la añade con su dirección de inicio:',
  extension: 'Una extensión del navegador',
  visit: 'Visita',
  none: 'Ninguna',
  problems: {
    noPatient: { title: 'No existe ese paciente', sentence: 'Vuelva a buscar al paciente.' },
    noApplication: {
      title: 'No existe esa aplicación',
      sentence: 'Un administrador registra aquí las aplicaciones.',
    },
    foreign: {
      title: 'Esto no empezó aquí',
      sentence: 'Abra al paciente e inicie la aplicación desde allí.',
    },
    clinicians: {
      title: 'Esta página es para profesionales clínicos',
      sentence: 'Su propia historia y quién la lee están en su cuenta.',
    },
  },
}
