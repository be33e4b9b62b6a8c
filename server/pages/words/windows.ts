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
