import type { Mutant } from '../mutant.ts'

/** Reading and searching. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'A form of R4 that is not answered is refused by its name, the same for every id',
    file: 'server/fhir/interaction.ts',
    find: 'if (form !== undefined) return other(',
    replace: 'if (form === "") return other(',
    test: 'tests/attacks/compartment.test.ts',
    project: 'attacks',
    title: 'F60',
  },
]
