import { expect } from '@playwright/test'

/** Attacks in a narrative (row E10), each between two readable words. All are XML, because a narrative that is not is not shown. */
const narratives = (evil: string): Record<string, string> => ({
  script: `<script>globalThis.ran = 'script'; fetch('${evil}/script')</script>`,
  onerror: `<img src="${evil}/onerror" onerror="globalThis.ran = 'onerror'"/>`,
  onload: `<svg onload="globalThis.ran = 'onload'"><script>globalThis.ran = 'svg'</script></svg>`,
  iframe: `<iframe src="${evil}/iframe" srcdoc="&lt;script>parent.ran = 'srcdoc'&lt;/script>"></iframe>`,
  object: `<object data="${evil}/object"><embed src="${evil}/embed"/></object>`,
  link: `<a href="javascript:globalThis.ran = 'link'" id="bad-link">a link</a>`,
  away: `<a href="${evil}/away" ping="${evil}/ping">a way out</a>`,
  style: `<style>@import url("${evil}/import"); .top { background: url("${evil}/background") }</style>`,
  attribute: `<p style="background: url('${evil}/attribute')">a paragraph</p>`,
  image: `<img src="${evil}/image" srcset="${evil}/srcset 2x" alt="an image"/>`,
  media: `<video src="${evil}/video" poster="${evil}/poster" autoplay=""><source src="${evil}/source"/></video>`,
  form: `<form action="${evil}/form" id="bad-form"><button>a button</button></form><script>document.forms[0].submit()</script>`,
  head: `<base href="${evil}/"/><link rel="stylesheet" href="${evil}/stylesheet"/><meta http-equiv="refresh" content="0;url=${evil}/meta"/>`,
  focus: `<input autofocus="" onfocus="globalThis.ran = 'focus'"/><details open="" ontoggle="globalThis.ran = 'toggle'">a detail</details>`,
  template: `<template><script>globalThis.ran = 'template'</script></template>`,
  mutated: `<noscript><p title="&lt;/noscript>&lt;img src='${evil}/mutated' onerror='globalThis.ran = 1'>"></p></noscript>`,
  foreign: `<math><mtext><table><mglyph><style><img src="${evil}/foreign" onerror="globalThis.ran = 'foreign'"/></style></mglyph></table></mtext></math>`,
  entities: `&lt;script&gt;globalThis.ran = 'entities'&lt;/script&gt;`,
  section: `<![CDATA[<script>globalThis.ran = 'section'</script>]]>`,
  instruction: `<?xml-stylesheet href="${evil}/instruction"?><xhtml:script xmlns:xhtml="http://www.w3.org/1999/xhtml" src="${evil}/prefixed"/>`,
})

/** A searchset of conditions with such narratives; their other fields are hostile too (row E11). */
export const hostileConditions = (evil: string) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: Object.entries(narratives(evil)).map(([name, payload]) => ({
    resource: {
      resourceType: 'Condition',
      id: name,
      clinicalStatus: { coding: [{ code: 'active' }] },
      code: { text: `${name} ${fieldMarkup(evil)}` },
      onsetString: fieldMarkup(evil),
      subject: { reference: 'Patient/mara' },
      asserter: { display: fieldMarkup(evil) },
      note: [{ text: fieldMarkup(evil) }],
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>before ${name}</p>${payload}<p>after ${name}</p></div>`,
      },
    },
  })),
})

export const fieldMarkup = (evil: string): string =>
  `<img src="${evil}/field" onerror="globalThis.ran = 'field'">`

interface Shown {
  /** The text shown as each entry's narrative. */
  narratives: string[]
  /** All text in the record's section. */
  text: string
  /** Elements in it that the popup does not make itself, and attributes that would run code. */
  strange: string[]
  /** Scripts that ran, if any. */
  ran: string
}

/** Opens the conditions, and each of them. Runs in the popup of a signed-in person, so it uses nothing from outside. */
export const openConditions = async (): Promise<Shown> => {
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const record = () => document.querySelector<HTMLElement>('#list-conditions')
  const all = (selector: string) => [...(record()?.querySelectorAll<HTMLElement>(selector) ?? [])]
  await until(() => {
    // Again and again, because what stands above it moves it while it is read.
    record()?.scrollIntoView()
    return all('.entries > li').length > 0
  })
  const more = () => all('.button').filter(({ textContent }) => textContent === 'Show more')
  while (more().length > 0) {
    const before = all('.entries > li').length
    more()[0]?.click()
    await until(() => all('.entries > li').length > before)
  }
  for (const entry of all('.entries summary')) entry.click()
  await until(() => all('.narrative').length === all('.entries > li').length)
  // By now, anything that would run or load has had time to.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const foreign =
    'script, style, iframe, object, embed, a, img, video, form, input, base, link, meta, math, template'
  return {
    narratives: all('.narrative').map((each) => each.textContent),
    text: record()?.textContent ?? '',
    strange: [
      ...all(foreign).map(({ localName }) => localName),
      ...all('.narrative > *').map(({ localName }) => localName),
      ...all('*').flatMap((each) => each.getAttributeNames().filter((name) => name.startsWith('on'))),
    ],
    ran: String(Object(globalThis).ran ?? ''),
  }
}

/** Requires that nothing ran or became markup, and that the words can be read. */
export const expectInert = (shown: Shown, evil: string): void => {
  expect(shown.ran).toBe('')
  expect(shown.strange).toEqual([])
  const texts = shown.narratives.join('\n')
  for (const name of Object.keys(narratives(evil))) expect(texts).toContain(`before ${name}`)
  for (const words of ['a link', 'a way out', 'a paragraph', 'an image', 'after script', 'after form'])
    expect(texts).toContain(words)
  // Markup that was escaped is shown as text. Scripts, styles and the targets of links are not shown.
  expect(texts).toContain("<script>globalThis.ran = 'entities'</script>")
  expect(texts.replaceAll(/.*(entities|section).*/g, '')).not.toMatch(/globalThis|@import|javascript:/)
  expect(texts).not.toContain(evil)
}
