/**
 * Returns the address by which everybody reaches the organization. Accepts only one spelling, because clients compare the issuer
 * letter by letter.
 *
 * @param label names what holds the address, such as `--public-url`.
 * @throws Error for any other address, in one sentence.
 */
export const requirePublicUrl = (text: string, label: string): string => {
  const url = URL.parse(text)
  const isPlain = url && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === ''
  if (!isPlain || url.pathname !== '/' || url.username !== '' || url.password !== '') {
    throw new Error(`${label} takes an address without a path, such as https://records.example.org`)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new Error(
      `${label} has to be https, except on this machine, because passwords and records would travel unencrypted.`,
    )
  }
  return url.origin
}

export const isLoopback = (host: string): boolean =>
  ['localhost', '[::1]'].includes(host) || /^127\.\d+\.\d+\.\d+$/.test(host)
