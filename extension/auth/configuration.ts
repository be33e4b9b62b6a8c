import type { ConfigurationFile, ImportPlan } from '../messages/configuration.ts'
import { ProblemError } from '../messages/errors.ts'
import type { CheckedForm, Providers } from './providers.ts'
import { isSameProvider, readConfiguration } from './read-configuration.ts'
import type { SigningOut } from './sign-out.ts'

export interface Configuration {
  /** What was configured here: addresses and Client IDs, never a secret. */
  export(): Promise<ConfigurationFile>
  /** What importing the file would do; changes nothing. */
  plan(text: string): Promise<ImportPlan>
  /** Does it. Throws `import-refused` when there is a fault, before anything is changed. */
  import(text: string): Promise<ImportPlan>
}

export const createConfiguration = (services: {
  providers: Providers
  signOutMoved: SigningOut['signOutMoved']
}): Configuration => {
  const configured = async () => (await services.providers.list()).filter(({ builtIn }) => !builtIn)

  const read = async (text: string) => {
    const { providers, faults } = readConfiguration(text)
    const known = await configured()
    const steps = providers.map((to) => ({ to, from: known.find((each) => isSameProvider(each, to)) }))
    const named = (wanted: (step: (typeof steps)[number]) => boolean) =>
      steps.filter(wanted).map(({ to }) => to.name)
    const plan: ImportPlan = {
      added: named(({ from }) => !from),
      changed: named(({ from, to }) => from !== undefined && !isEqual(from, to)),
      unchanged: named(({ from, to }) => from !== undefined && isEqual(from, to)),
      signedOut: named(
        ({ from, to }) => from !== undefined && from.authorizationEndpoint !== to.authorizationEndpoint,
      ),
      faults,
    }
    return { plan, steps }
  }

  return {
    export: async () => ({
      carekey: 'configuration',
      version: 1,
      providers: (await configured()).map(
        ({ name, clientId, fhirBase, authorizationEndpoint, redirectUri }) => ({
          name,
          clientId,
          fhirBase,
          authorizationEndpoint,
          ...(redirectUri && { redirectUri }),
        }),
      ),
    }),

    plan: async (text) => (await read(text)).plan,

    import: async (text) => {
      const { plan, steps } = await read(text)
      if (plan.faults.length > 0) throw new ProblemError('import-refused')
      for (const { from, to } of steps)
        if (from && from.authorizationEndpoint !== to.authorizationEndpoint)
          await services.signOutMoved(from.id)
      await services.providers.saveAll(steps.map(({ from, to }) => ({ ...to, ...(from && { id: from.id }) })))
      return plan
    },
  }
}

const isEqual = (a: CheckedForm, b: CheckedForm): boolean =>
  isSameProvider(a, b) &&
  a.name === b.name &&
  a.authorizationEndpoint === b.authorizationEndpoint &&
  a.redirectUri === b.redirectUri
