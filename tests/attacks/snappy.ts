/**
 * Decompresses the values of Firefox's IndexedDB: Snappy's format without frames.
 *
 * @throws RangeError for anything else.
 */
export const unpackSnappy = (packed: Uint8Array): Buffer => {
  let at = 0
  const byte = (): number => {
    const next = packed[at++]
    if (next === undefined) throw new RangeError('The bytes end too early.')
    return next
  }
  const little = (bytes: number): number => {
    let value = 0
    for (let index = 0; index < bytes; index++) value += byte() * 2 ** (8 * index)
    return value
  }
  let length = 0
  for (let shift = 1, more = true; more; shift *= 128) {
    const next = byte()
    length += (next & 127) * shift
    more = next > 127
  }
  if (length > 64 * packed.length) throw new RangeError('This length is too large for the compressed data.')
  const out = Buffer.alloc(length)
  let end = 0
  const copy = (from: number, bytes: number) => {
    if (from < 0 || from >= end || end + bytes > length) throw new RangeError('A copy from nowhere.')
    // Byte by byte, because the copy may overlap its own output.
    for (let index = 0; index < bytes; index++) out[end++] = out[from + index] ?? 0
  }
  while (at < packed.length) {
    const tag = byte()
    const kind = tag & 3
    const rest = tag >> 2
    if (kind === 0) {
      const bytes = 1 + (rest < 60 ? rest : little(rest - 59))
      if (end + bytes > length) throw new RangeError('More than was said.')
      out.set(packed.subarray(at, at + bytes), end)
      at += bytes
      end += bytes
    } else if (kind === 1) copy(end - ((rest >> 3) * 256 + byte()), 4 + (rest & 7))
    else copy(end - little(kind === 2 ? 2 : 4), rest + 1)
  }
  if (end !== length) throw new RangeError('Less than was said.')
  return out
}
