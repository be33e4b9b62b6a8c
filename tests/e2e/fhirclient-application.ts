import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { fhirclient } from 'fhirclient/lib/types.js'
import { startRecordingServer } from '../fakes/recording-server.ts'

/** A web application by somebody else, at its own origin. */
export interface WebApplication {
  /** The page where it starts: alone, or from the record system. */
  readonly launchUri: string
  close(): Promise<void>
}

interface Addresses {
  readonly redirectUri: string
  readonly launchUri: string
}

/** The argument of `FHIR.oauth2.authorize`. */
export type Settings = fhirclient.AuthorizeParams

/** The client library as its authors built it for browsers. */
const script = readFileSync(createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js'), 'utf8')

/**
 * Serves the two pages that the library's documentation shows: one that starts, and one that receives the answer.
 *
 * @param register registers the application at these addresses, and returns its options.
 */
export const startApplication = async (
  register: (addresses: Addresses) => Promise<Settings>,
): Promise<WebApplication> => {
  const pages = new Map([['/fhir-client.js', { type: 'text/javascript', body: script }]])
  const server = await startRecordingServer(({ path }) => {
    const page = pages.get(path)
    return page ? { body: page.body, headers: { 'content-type': page.type } } : { status: 404, body: '' }
  })
  // Browsers treat this host and the organization's 127.0.0.1 as different sites.
  const origin = server.origin.replace('127.0.0.1', 'localhost')
  const addresses = { redirectUri: `${origin}/app`, launchUri: `${origin}/launch` }
  const settings = await register(addresses)
  const addPage = (path: string, code: string) => pages.set(path, { type: 'text/html', body: pageOf(code) })
  addPage('/launch', `FHIR.oauth2.authorize(${JSON.stringify(settings)}).catch(show)`)
  addPage('/app', APP)
  return { launchUri: addresses.launchUri, close: server.close }
}

const pageOf = (code: string) => `<!doctype html>
<html lang="en">
<title>Growth Chart</title>
<h1>Growth Chart</h1>
<p role="status"></p>
<script src="fhir-client.js"></script>
<script>
  const show = (text) => { document.querySelector('[role=status]').textContent = text }
  ${code}
</script>
`

const APP = `
  window.ready = FHIR.oauth2.ready()
  ready
    .then((client) => client.patient.read())
    .then(({ name: [name] }) => show(name.given.join(' ') + ' ' + name.family))
    .catch(show)
`

/** The text of the application's page: the patient's name, or what went wrong. */
export const said = (page: Page) => page.getByRole('status')
