import { expect, stored, test } from './extension.ts'

test('E29, checklist E1 a base without TLS, or with more than an address, is refused with its reason; an odd spelling is shown plainly', async ({
  popup: _configured,
  mock,
  carekey,
}) => {
  const options = await carekey.options()
  const form = options.getByRole('form', { name: 'Configure OAuth Client Application' })
  await form.getByLabel('Client ID').fill('carekey')
  await form.getByLabel('Target Login URL').fill(`${mock.origin}/oauth/authorize`)
  const save = async (base: string) => {
    await form.getByLabel('Target Base URL').fill(base)
    await form.getByRole('button', { name: 'Save Configuration' }).click()
  }
  const bases = async () =>
    Object.values(Object((await stored(options, 'local')).providers)).map((each) => Object(each).fhirBase)
  const before = await bases()
  for (const [base, why] of [
    ['http://fhir.example.org/r4', /must begin with https/i],
    ['https://user:word@fhir.example.org/', /one field is not valid/i],
    ['https://fhir.example.org/?a=1', /one field is not valid/i],
    ['https://fhir.example.org/#a', /one field is not valid/i],
    [`https://fhir.example.org/${'a'.repeat(3000)}`, /one field is not valid/i],
    ['https://10.0.0.1/fhir', /private network/i],
    ['fhir', /write a whole address/i],
  ] as const) {
    await save(base)
    await expect(form.getByText(why).first(), base).toBeVisible()
    expect(await bases(), base).toEqual(before)
  }

  // Look-alike letters of another alphabet are shown in an encoded form.
  await save('  https://fhir.ехаmple.org/r4/  ')
  await expect(form.getByLabel('Target Base URL')).toHaveValue('https://fhir.xn--mple-43d3a6i.org/r4')
})

test('E29 an address of this machine is accepted without TLS, with a warning that says so', async ({
  mock,
  carekey,
}) => {
  const options = await carekey.options()
  const form = options.getByRole('form', { name: 'Configure OAuth Client Application' })
  await form.getByLabel('Autoscan Server URL').fill(`${mock.origin}/fhir`)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByText(/connection is not encrypted/i)).toBeVisible()
})
