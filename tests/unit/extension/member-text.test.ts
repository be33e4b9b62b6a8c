import { expect, it } from 'vitest'
import { memberText } from '../../../extension/net/member-text.ts'

it.each([
  ['{"resource":{"a":81.20}}', '{"a":81.20}'],
  [
    ' {\n "fullUrl" : "x" , "resource" : {"a" : [1, {"resource":2}]} \n, "search":{} } ',
    '{"a" : [1, {"resource":2}]}',
  ],
  ['{"resource":1,"resource":2}', '2'],
  ['{"\\u0072esource":1}', '1'],
  ['{"a":"resource","resource":"\\"},{"}', '"\\"},{"'],
  ['{"resource":"\\\\"}', '"\\\\"'],
  ['{"a":{"resource":1}}', undefined],
  ['{}', undefined],
])('in %s the resource is %s', (json, text) => {
  expect(memberText(json, 'resource')).toBe(text)
  expect(text && JSON.parse(text)).toEqual(JSON.parse(json).resource)
})
