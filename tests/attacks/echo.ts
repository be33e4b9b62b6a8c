/**
 * Returns the text without links that only repeat the request: the self link of `_id=b-obs1` shows what the sender wrote, and
 * does not reveal whether it exists.
 *
 * @param asked every parameter of the request, from all of its parts.
 */
export const withoutEcho = (text: string, asked: URLSearchParams): string =>
  text.replace(/"url":"([^"]*)"/g, (link, url: string) => {
    const said = URL.parse(url)?.searchParams
    const isEcho = said && [...said].every(([name, value]) => asked.has(name, value))
    return isEcho ? `"url":"${url.split('?', 1)[0]}"` : link
  })

/** The parameters of a request: in its address, in a posted form and in the entries of a posted Bundle. */
export const askedBy = (url: string, body: string): URLSearchParams => {
  const queries = [...body.matchAll(/"url":"[^"?]*\?([^"]*)"/g)].map(([, query = '']) => query)
  return new URLSearchParams([new URL(url).search.slice(1), body, ...queries].join('&'))
}
