/**
 * A text whose links carry no query that says only what the request asked: the self link of `_id=b-obs1` names what its
 * sender named, and tells nobody whether there is such a thing.
 *
 * @param asked every parameter of the request, wherever it stood.
 */
export const withoutEcho = (text: string, asked: URLSearchParams): string =>
  text.replace(/"url":"([^"]*)"/g, (link, url: string) => {
    const said = URL.parse(url)?.searchParams
    const isEcho = said && [...said].every(([name, value]) => asked.has(name, value))
    return isEcho ? `"url":"${url.split('?', 1)[0]}"` : link
  })

/** What a request asks, in its address, in a posted form and in the entries of a posted Bundle. */
export const askedBy = (url: string, body: string): URLSearchParams => {
  const queries = [...body.matchAll(/"url":"[^"?]*\?([^"]*)"/g)].map(([, query = '']) => query)
  return new URLSearchParams([new URL(url).search.slice(1), body, ...queries].join('&'))
}
