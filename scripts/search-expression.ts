export interface ElementDefinition {
  readonly path: string
  readonly type?: readonly { readonly code: string; readonly targetProfile?: readonly string[] }[]
  readonly binding?: { readonly strength: string; readonly valueSet?: string }
}

/** A search parameter's FHIRPath, translated to paths into the JSON. */
interface LoweredExpression {
  /** `name.given`, `component.valueQuantity`, `extension[URL].valueDateTime`. */
  readonly paths: string[]
  readonly elements: ElementDefinition[]
  /** From `where(resolve() is Patient)`: the only type that a reference may point to. */
  readonly only?: string
}

/** The data types in which each kind of parameter finds a value. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  string: ['string', 'HumanName', 'Address'],
  token: ['Coding', 'CodeableConcept', 'Identifier', 'ContactPoint', 'code', 'boolean', 'string'],
  date: ['date', 'dateTime', 'instant', 'Period', 'Timing'],
  quantity: ['Quantity', 'Age', 'Duration'],
  reference: ['Reference'],
}

/**
 * Translates the FHIRPath of a search parameter. R4 uses little of the language there: paths, `as`, `|`, and conditions on what a
 * reference points to.
 *
 * @throws Error for any other expression, and for a path that R4 does not define.
 */
export const lowerExpression = async (
  type: string,
  expression: string,
  kind: string,
  structures: (type: string) => Promise<ElementDefinition[]>,
): Promise<LoweredExpression> => {
  const paths: string[] = []
  const elements: ElementDefinition[] = []
  let only: string | undefined
  const own = expression.split('|').map((part) => part.trim())
  for (const part of own.filter((each) => new RegExp(`^\\(?${type}\\.`).test(each))) {
    const { groups: { path = '', as, is, url, rest } = {} } = GRAMMAR.exec(part) ?? {}
    if (path === '') throw new Error(`${part} is more FHIRPath than this understands.`)
    if (is) only = is
    if (url) {
      paths.push(`extension[${url}].${rest}`)
      continue
    }
    const allowed = TYPES[kind] ?? []
    if (as && !allowed.includes(as)) continue
    const { steps, element } = await walk(type, path.split('.').slice(1), structures)
    elements.push(element)
    const last = steps.pop() ?? ''
    const choices = last.endsWith('[x]')
      ? (element.type ?? [])
          .map(({ code }) => code)
          .filter((code) => allowed.includes(code) && (as === undefined || as === code))
          .map((code) => last.replace('[x]', code.charAt(0).toUpperCase() + code.slice(1)))
      : [last]
    paths.push(...choices.map((name) => [...steps, name].join('.')))
  }
  if (paths.length === 0) throw new Error(`${expression} finds nothing of the kind ${kind} in ${type}.`)
  return { paths: [...new Set(paths)], elements, ...(only && { only }) }
}

const GRAMMAR =
  /^\(?(?<path>[A-Za-z.]+?)(?:\.extension\.where\(url ?= ?'(?<url>[^']+)'\)\.(?<rest>[A-Za-z]+)| as (?<as>\w+)|\.as\((?<as>\w+)\)|\.where\(resolve\(\) is (?<is>\w+)\))?\)?$/

/** Finds a path's last element in the definitions, and the path's names as they are in JSON. @throws Error if there is none. */
const walk = async (
  type: string,
  names: readonly string[],
  structures: (type: string) => Promise<ElementDefinition[]>,
): Promise<{ steps: string[]; element: ElementDefinition }> => {
  const steps: string[] = []
  let definitions = await structures(type)
  let at = type
  let element: ElementDefinition | undefined
  for (const name of names) {
    const data = element?.type?.[0]?.code
    if (data && /^[A-Z]/.test(data) && data !== 'BackboneElement') {
      definitions = await structures(data)
      at = data
    }
    element = definitions.find(({ path }) => path === `${at}.${name}` || path === `${at}.${name}[x]`)
    if (!element) throw new Error(`R4 defines no ${at}.${name}.`)
    at = element.path
    steps.push(at.split('.').at(-1) ?? '')
  }
  if (!element) throw new Error(`${type} alone is no path.`)
  return { steps, element }
}
