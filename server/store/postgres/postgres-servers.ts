/** Everything before the servers, the servers, and everything after them. */
const ADDRESS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/is

/** The servers of an address, in its order: `postgres://a,b:5433/name` is `postgres://a/name` and `postgres://b:5433/name`. */
export const serversOf = (address: string): string[] => {
  const [, before = '', servers = '', after = ''] = ADDRESS.exec(address) ?? []
  return servers.includes(',') ? servers.split(',').map((server) => before + server + after) : [address]
}
