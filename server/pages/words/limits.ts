import type { Bound, CodeName, DateName } from '../../query/claim.ts'

/** How long a grant lasts, in words. */
export const windowsEn = {
  visit: 'This visit',
  hour: '1 hour',
  day: '1 day',
  month: '30 days',
  open: 'Until I remove it',
}

export const windowsEs: typeof windowsEn = {
  visit: 'Esta visita',
  hour: '1 hora',
  day: '1 día',
  month: '30 días',
  open: 'Hasta que la quite',
}

/** A word for everything that may limit a scope: a name, a bound or a form without one is a type error. */
interface LimitNames {
  readonly names: Readonly<Record<CodeName | DateName, string>>
  readonly bounds: Readonly<Record<Bound, (when: string) => string>>
}

/** How the consent page says what limits a scope. */
export const limitsEn = {
  someOf: (type: string) => `Some of: ${type}`,
  only: 'only these',
  whose: {
    patient: (name: string | undefined) => `of ${name ?? 'this patient'}`,
    'all-patients': 'of all patients',
    organization: 'of the whole organization',
  },
  or: 'or',
  and: 'and',
  quoted: (code: string) => `“${code}”`,
  ofAnyList: (code: string) => `${code} of any list of codes`,
  names: {
    category: 'category',
    code: 'code',
    status: 'status',
    'clinical-status': 'clinical status',
    'vaccine-code': 'vaccine',
    substance: 'substance',
    date: 'dated',
    authoredon: 'prescribed',
    effective: 'taken',
    'onset-date': 'begun',
    'recorded-date': 'recorded',
  },
  bounds: {
    within: (when: string) => `within ${when}`,
    from: (when: string) => `${when} or later, or lasting beyond it`,
    after: (when: string) => `after ${when}, or lasting beyond it`,
    before: (when: string) => `before ${when}, or begun before it`,
    until: (when: string) => `${when} or earlier, or begun before it`,
  },
  /** Codes of categories that people know, of whatever list. */
  categories: {
    laboratory: 'Laboratory results',
    'vital-signs': 'Vital signs',
    'social-history': 'Social history',
    imaging: 'Imaging results',
    procedure: 'Results of procedures',
    survey: 'Questionnaires',
    exam: 'Findings of examinations',
    therapy: 'Therapy',
    activity: 'Activity',
    'problem-list-item': 'Problem list',
    'encounter-diagnosis': 'Diagnoses of visits',
    'health-concern': 'Health concerns',
    sdoh: 'Social needs',
    'clinical-note': 'Clinical notes',
    'assess-plan': 'Assessments and plans',
  } as Readonly<Record<string, string>>,
  /** Codes that people know, each with its list. */
  codes: {
    'http://loinc.org|85354-9': 'Blood pressure',
    'http://loinc.org|8867-4': 'Heart rate',
    'http://loinc.org|9279-1': 'Respiratory rate',
    'http://loinc.org|8310-5': 'Body temperature',
    'http://loinc.org|29463-7': 'Body weight',
    'http://loinc.org|8302-2': 'Body height',
    'http://loinc.org|39156-5': 'Body mass index',
    'http://loinc.org|59408-5': 'Oxygen saturation',
  } as Readonly<Record<string, string>>,
} satisfies LimitNames & Record<string, unknown>

export const limitsEs: typeof limitsEn = {
  someOf: (type) => `Una parte de: ${type}`,
  only: 'solo esto',
  whose: {
    patient: (name) => `de ${name ?? 'este paciente'}`,
    'all-patients': 'de todos los pacientes',
    organization: 'de toda la organización',
  },
  or: 'o',
  and: 'y',
  quoted: (code) => `«${code}»`,
  ofAnyList: (code) => `${code} de cualquier lista de códigos`,
  names: {
    category: 'categoría',
    code: 'código',
    status: 'estado',
    'clinical-status': 'estado clínico',
    'vaccine-code': 'vacuna',
    substance: 'sustancia',
    date: 'con fecha',
    authoredon: 'recetado',
    effective: 'tomado',
    'onset-date': 'con inicio',
    'recorded-date': 'anotado',
  },
  bounds: {
    within: (when) => `dentro de ${when}`,
    from: (when) => `${when} o posterior, o que dura más allá`,
    after: (when) => `después de ${when}, o que dura más allá`,
    before: (when) => `antes de ${when}, o empezado antes`,
    until: (when) => `${when} o anterior, o empezado antes`,
  },
  categories: {
    laboratory: 'Resultados de laboratorio',
    'vital-signs': 'Signos vitales',
    'social-history': 'Antecedentes sociales',
    imaging: 'Resultados de imagen',
    procedure: 'Resultados de procedimientos',
    survey: 'Cuestionarios',
    exam: 'Hallazgos de exploraciones',
    therapy: 'Terapia',
    activity: 'Actividad',
    'problem-list-item': 'Lista de problemas',
    'encounter-diagnosis': 'Diagnósticos de visitas',
    'health-concern': 'Preocupaciones de salud',
    sdoh: 'Necesidades sociales',
    'clinical-note': 'Notas clínicas',
    'assess-plan': 'Valoraciones y planes',
  },
  codes: {
    'http://loinc.org|85354-9': 'Presión arterial',
    'http://loinc.org|8867-4': 'Frecuencia cardiaca',
    'http://loinc.org|9279-1': 'Frecuencia respiratoria',
    'http://loinc.org|8310-5': 'Temperatura corporal',
    'http://loinc.org|29463-7': 'Peso corporal',
    'http://loinc.org|8302-2': 'Estatura',
    'http://loinc.org|39156-5': 'Índice de masa corporal',
    'http://loinc.org|59408-5': 'Saturación de oxígeno',
  },
}
