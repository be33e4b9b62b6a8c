import type { DemoName, Organization } from '../config.ts'

export const demoOrganizations: Readonly<Record<DemoName, Organization>> = {
  riverside: { name: 'Riverside Clinic', about: 'Springfield · patient portal', color: '#0b6e6e' },
  pulse: { name: 'Pulse Devices', about: 'Scales and blood pressure cuffs', color: '#b4531a' },
}
