import { parseArgs } from 'node:util'
import type { Size } from './fhir/fhir.ts'

interface Options {
  readonly names: readonly string[]
  readonly rounds: number
  readonly forMs: number
  readonly profile: boolean
  readonly sizes: readonly Size[]
}

/** Reads the command line of `npm run bench`. @throws Error that says what is wrong with it. */
export const readOptions = (args: string[]): Options => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '1' },
      profile: { type: 'boolean', default: false },
      patients: { type: 'string', default: '1000,10000' },
      postgres: { type: 'string', default: '' },
    },
  })
  return {
    names: positionals,
    rounds: Math.ceil(positive('rounds', values.rounds)),
    forMs: positive('seconds', values.seconds) * 1000,
    profile: values.profile,
    sizes: [
      ...sizesOf('sqlite', 'patients', values.patients),
      ...sizesOf('postgres', 'postgres', values.postgres),
    ],
  }
}

const positive = (option: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${option} takes a number above 0.`)
  return value
}

const sizesOf = (engine: Size['engine'], option: string, text: string): Size[] =>
  text === '' ? [] : text.split(',').map((each) => ({ engine, patients: positive(option, each) }))
