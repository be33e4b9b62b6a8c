import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, codeForm, logIn, post, type Visit } from './authorization-request.ts'
import { applications } from './people.ts'

const target = attack()

/** What an application may learn of who signs in and whom that concerns, in the words of both languages. */
const WORDS = {
  name: ['your name', 'su nombre'],
  account: ['your number here', 'su número aquí'],
  record: ['the number of your record', 'el número de su historia'],
  practitioner: ['your number as a practitioner', 'su número de profesional'],
  patient: ['which patient this is about', 'de qué paciente se trata'],
} as const

const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

const saidOn = (html: string, language: 0 | 1): string[] =>
  Object.entries(WORDS).flatMap(([fact, words]) => (textOf(html).includes(words[language]) ? fact : []))

const givenBy = ({ id_token, patient }: { id_token?: string; patient?: string }, own: string): string[] => {
  const { sub, name, fhirUser } = id_token ? decodeJwt(id_token) : {}
  const isOwnRecord = [patient, String(fhirUser ?? '').split('/Patient/')[1]].includes(own)
  return [
    ...(name ? ['name'] : []),
    ...(sub ? ['account'] : []),
    ...(isOwnRecord ? ['record'] : []),
    ...(String(fhirUser).includes('/Practitioner/') ? ['practitioner'] : []),
    ...(patient !== undefined && patient !== own ? ['patient'] : []),
  ]
}

const pickPatient = async (visit: Visit): Promise<Visit> => {
  if (!visit.page.html.includes('name="family"')) return visit
  const found = await visit.agent.submit(visit.page, { decision: 'search', family: 'ZZCANARYA' })
  return { ...visit, page: await visit.agent.submit(found, { decision: 'pick', patient: 'pa' }) }
}

test.each([
  ['anna', 'openid fhirUser patient/Observation.rs', 'observations'],
  ['anna', 'openid patient/Observation.rs', 'observations'],
  ['anna', 'openid user/Observation.rs', 'observations'],
  ['anna', 'launch/patient patient/Patient.rs patient/Observation.rs', 'observations'],
  ['anna', 'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs', 'observations'],
  ['anna', 'openid', 'sign-in'],
  ['anna', 'openid fhirUser', 'sign-in'],
  ['anna', 'openid launch/patient', 'sign-in'],
  ['lee', 'openid user/Observation.rs', 'patients'],
  ['lee', 'openid fhirUser user/Observation.rs', 'patients'],
  ['lee', 'openid launch/patient patient/Observation.rs', 'patient'],
  ['lee', 'openid fhirUser launch/patient', 'sign-in'],
  ['admin', 'openid fhirUser user/AuditEvent.rs', 'log'],
])(
  'the pages say what %s tells an application with %s, however little is ticked',
  async (who, scope, allow) => {
    const visits = [{}, { ui_locales: 'es' }].map(async (parameters) =>
      pickPatient(await logIn(await ask(target, { scope, parameters }), who)),
    )
    const [english, spanish] = (await Promise.all(visits)) as [Visit, Visit]
    const { agent, page } = english
    const [, formToken = ''] = /name="form_token" value="([^"]*)"/.exec(page.html) ?? []
    const [, shownAt = ''] = /name="shown_at" value="([^"]*)"/.exec(page.html) ?? []
    const response = await fetch(page.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        origin: target.server.url,
        cookie: [...agent.cookies].map((each) => each.join('=')).join('; '),
      },
      body: new URLSearchParams({ form_token: formToken, shown_at: shownAt, allow, decision: 'allow' }),
    })
    const back = await agent.open(response.headers.get('location') ?? '')
    const form = codeForm({ ...english, page: back })
    const answer = await post(target, '/oauth/token', applications.ext, form)
    expect(answer.status, answer.text).toBe(200)
    const given = givenBy(answer.json, who === 'anna' ? 'pa' : '')
    expect(saidOn(page.html, 0)).toEqual(given)
    expect(saidOn(spanish.page.html, 1)).toEqual(given)

    const own = createUserAgent(target.server.url)
    const account = await own.submit(await own.open('/login?next=/account'), {
      username: who,
      password: `${who}-demo`,
    })
    const [, connection = ''] = /href="(\/account\/connections\/[^"]+)"/.exec(account.html) ?? []
    expect(saidOn((await own.open(connection)).html, 0)).toEqual(given)
    expect(saidOn((await own.open(`${connection}?ui_locales=es`)).html, 1)).toEqual(given)
  },
)
