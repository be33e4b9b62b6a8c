/**
 * Returns the text without links that only repeat the request: the self link of `_id=b-obs1` shows what the sender wrote, and
 * does not reveal whether it exists.
 *
 * @param request every parameter of the request, from all of its parts.
 */
export const withoutEcho = (text: string, request: URLSearchParams): string =>
  text.replace(/"url":"([^"]*)"/g, (link, url: string) => {
    const parameters = URL.parse(url)?.searchParams
    const isEcho = parameters && [...parameters].every(([name, value]) => request.has(name, value))
    return isEcho ? `"url":"${url.split('?', 1)[0]}"` : link
  })

/** The parameters of a request: in its address, in a posted form and in the entries of a posted Bundle. */
export const askedBy = (url: string, body: string): URLSearchParams => {
  const queries = [...body.matchAll(/"url":"[^"?]*\?([^"]*)"/g)].map(([, query = '']) => query)
  return new URLSearchParams([new URL(url).search.slice(1), body, ...queries].join('&'))
}
