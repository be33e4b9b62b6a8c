import type { DemoName, Organization, Role } from '../config.ts'

const address = { city: 'Springfield', state: 'IL', country: 'US' }

export const demoOrganizations: Readonly<Record<DemoName, Organization>> = {
  riverside: { name: 'Riverside Clinic', about: 'Springfield · health records', color: '#0b6e6e', address },
  pulse: { name: 'Pulse Devices', about: 'Scales and blood pressure cuffs', color: '#b4531a', address },
  withings: { name: 'Withings', about: 'Demo with a stand-in for Withings', color: '#4a5568' },
}

/** A person who may sign in at a demo organization. */
interface DemoAccount {
  readonly username: string
  /** Printed on the terminal and in the README, because demo accounts protect nothing. */
  readonly password: string
  readonly name: string
  readonly role: Role
  readonly patient?: string
  readonly practitioner?: string
}

const account = (username: string, rest: Omit<DemoAccount, 'username' | 'password'>): DemoAccount => ({
  username,
  password: `${username}-demo`,
  ...rest,
})

export const demoAccounts: Readonly<Record<DemoName, readonly DemoAccount[]>> = {
  riverside: [
    account('jane', { name: 'Jane Doe', role: 'patient', patient: 'jane-doe' }),
    account('john', { name: 'John Doe', role: 'patient', patient: 'john-doe' }),
    account('lee', { name: 'Dr. Morgan Lee', role: 'clinician', practitioner: 'morgan-lee' }),
    account('admin', { name: 'Riverside administrator', role: 'admin' }),
  ],
  pulse: [
    account('jane', { name: 'Jane Doe', role: 'patient', patient: 'pd-jane-doe' }),
    account('john', { name: 'John Doe', role: 'patient', patient: 'pd-john-doe' }),
    account('admin', { name: 'Pulse administrator', role: 'admin' }),
  ],
  // People sign in at the stand-in (`withings/people.ts`).
  withings: [],
}
