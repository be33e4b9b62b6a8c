import { requireUrl } from '../../values/parse-address.ts'
import type { Providers } from '../auth/provider/providers.ts'
import type { CheckedForm } from '../auth/provider/read-form.ts'
import type { SignOut } from '../auth/sign-in/sign-out.ts'
import type { ChangedProvider, ConfigurationFile, ImportPlan } from '../messages/configuration.ts'
import { ProblemError } from '../messages/errors.ts'
import { isSameProvider, readConfiguration } from './read-configuration.ts'

export const createConfiguration = (services: {
  providers: Providers
  signOutBeforeChange: SignOut['signOutBeforeChange']
}) => {
  const configured = async () =>
    (await services.providers.list()).flatMap(({ configuredName: name, builtIn, ...provider }) =>
      builtIn ? [] : [{ ...provider, name }],
    )

  const read = async (text: string) => {
    const { providers, faults } = readConfiguration(text)
    const here = await configured()
    const steps = providers.map((to) => ({ to, from: here.find((each) => isSameProvider(each, to)) }))
    const namesOf = (isWanted: (step: (typeof steps)[number]) => boolean) =>
      steps.filter(isWanted).map(({ to }) => withHost(to))
    const changes = steps.flatMap(({ from, to }) => (from ? changesOf(from, to) : []))
    const plan: ImportPlan = {
      added: namesOf(({ from }) => !from),
      changed: changes,
      unchanged: namesOf(({ from, to }) => from !== undefined && changesOf(from, to).length === 0),
      foreign: steps.flatMap(({ from, to }) =>
        from && changesOf(from, to).length === 0
          ? []
          : foreignHosts(to).map((host) => ({ name: withHost(to), host })),
      ),
      signedOut: namesOf(
        ({ from, to }) => from !== undefined && from.authorizationEndpoint !== to.authorizationEndpoint,
      ),
      faults,
    }
    return { plan, steps }
  }

  return {
    /** Returns the providers configured here: addresses and Client IDs, never a secret. */
    export: async (): Promise<ConfigurationFile> => ({
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

    /** Returns what importing the file would do; changes nothing. */
    plan: async (text: string): Promise<ImportPlan> => (await read(text)).plan,

    /**
     * Imports the file.
     *
     * @throws ProblemError `import-refused`, before any change, if there is a fault or a foreign host that nobody confirmed.
     */
    import: async (text: string, confirmedHosts: readonly string[]): Promise<ImportPlan> => {
      const { plan, steps } = await read(text)
      const isConfirmed = plan.foreign.every(({ host }) => confirmedHosts.includes(host))
      if (plan.faults.length > 0 || !isConfirmed) throw new ProblemError('import-refused')
      for (const { from, to } of steps)
        if (from && from.authorizationEndpoint !== to.authorizationEndpoint)
          await services.signOutBeforeChange(from.id)
      await services.providers.saveAll(steps.map(({ from, to }) => ({ ...to, ...(from && { id: from.id }) })))
      return plan
    },
  }
}

const MEMBERS = ['name', 'authorizationEndpoint', 'redirectUri'] as const

/** Returns the provider with its changed members, as a list of one; an empty list if nothing changes. */
const changesOf = (from: CheckedForm, to: CheckedForm): ChangedProvider[] => {
  const changes = MEMBERS.filter((member) => from[member] !== to[member]).map((member) => ({
    member,
    from: from[member],
    to: to[member],
  }))
  return changes.length === 0 ? [] : [{ name: withHost(from), changes }]
}

/** Adds the host to the name: the file chooses its own names, and the person decides by them. */
const withHost = ({ name, fhirBase }: CheckedForm): string => `${name} (${requireUrl(fhirBase).host})`

/** Returns the hosts, other than the record's own, at which a person would sign in or which would receive the answer. */
const foreignHosts = ({ fhirBase, authorizationEndpoint, redirectUri }: CheckedForm): string[] => {
  const own = requireUrl(fhirBase).host
  const hosts = [authorizationEndpoint, redirectUri]
    .filter(Boolean)
    .map((address) => requireUrl(address).host)
  return [...new Set(hosts)].filter((host) => host !== own)
}
