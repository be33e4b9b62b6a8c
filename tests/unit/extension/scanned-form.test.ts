import { describe, expect, it } from 'vitest'
import type { Scan } from '../../../extension/messages/administration.ts'
import {
  clearScan,
  type Draft,
  fillFromScan,
  startForm,
  typeInto,
} from '../../../extension/options/providers/scanned-form.ts'
import { redirectAddress } from '../../../values/extension-addresses.ts'

const own = 'https://carekey.chromiumapp.org/'
const empty: Draft = {
  name: '',
  clientId: '',
  clientSecret: '',
  fhirBase: '',
  authorizationEndpoint: '',
  redirectUri: own,
}
const scanOf = (host: string, name?: string): Scan => ({
  ...(name && { name }),
  fhirBase: `https://${host}/fhir`,
  authorization_endpoint: `https://${host}/authorize`,
  token_endpoint: `https://${host}/token`,
  redirectUri: redirectAddress(own, `https://${host}/fhir`),
  source: 'smart-configuration',
  findings: [],
})
const pulse = scanOf('pulse.example', 'Pulse Devices')
const riverside = scanOf('riverside.example', 'Riverside Clinic')
const saved: Draft = {
  ...fillFromScan(startForm(empty), pulse).fields,
  clientId: 'carekey',
}

describe('the form that Autoscan fills', () => {
  it('gives another server its own name, even if a provider was saved', () => {
    for (const form of [startForm(saved), fillFromScan(startForm(empty), pulse)])
      expect(fillFromScan(form, riverside).fields).toMatchObject({
        name: 'Riverside Clinic',
        fhirBase: 'https://riverside.example/fhir',
        authorizationEndpoint: 'https://riverside.example/authorize',
      })
  })

  it('keeps no old name for a server that states no name', () => {
    expect(fillFromScan(startForm(saved), scanOf('riverside.example')).fields.name).toBe('')
  })

  it('keeps a name that was typed before any address, or for the same server', () => {
    const first = typeInto(startForm(empty), 'name', 'My clinic', own)
    const filled = fillFromScan(first, riverside)
    expect(filled.fields.name).toBe('My clinic')
    expect(fillFromScan(filled, riverside).fields.name).toBe('My clinic')
    const ward = typeInto(fillFromScan(startForm(empty), pulse), 'name', 'Ward', own)
    expect(fillFromScan(ward, pulse).fields.name).toBe('Ward')
    expect(fillFromScan(ward, riverside).fields.name).toBe('Riverside Clinic')
  })

  it("loses an earlier scan's values when a scan fails; typed values stay", () => {
    const typed = typeInto(startForm(empty), 'clientId', 'carekey', own)
    const filled = fillFromScan(typed, pulse)
    expect(clearScan(filled).fields).toEqual({ ...empty, clientId: 'carekey' })
    const corrected = typeInto(filled, 'authorizationEndpoint', 'https://login.example/authorize', own)
    expect(clearScan(corrected).fields).toEqual({
      ...empty,
      clientId: 'carekey',
      authorizationEndpoint: 'https://login.example/authorize',
    })
    const form = typeInto(filled, 'name', 'My devices', own)
    expect(clearScan(form).fields.name).toBe('My devices')
    expect(fillFromScan(clearScan(form), riverside).fields.name).toBe('Riverside Clinic')
  })

  it('returns to the saved values when a scan of another server fails', () => {
    expect(clearScan(startForm(saved)).fields).toEqual(saved)
    expect(clearScan(fillFromScan(startForm(saved), riverside)).fields).toEqual(saved)
  })

  it('gives a typed base its own redirect address, and leaves a relay as it is', () => {
    const form = typeInto(startForm(empty), 'fhirBase', 'https://a.example/fhir', own)
    expect(form.fields.redirectUri).toBe(`${own}https/a.example/fhir`)
    const relay = typeInto(form, 'redirectUri', 'https://a.example/_oauth/OAuth2Server', own)
    expect(typeInto(relay, 'fhirBase', 'https://b.example', own).fields.redirectUri).toBe(
      'https://a.example/_oauth/OAuth2Server',
    )
  })
})
