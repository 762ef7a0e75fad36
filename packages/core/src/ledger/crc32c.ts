// The polynomial of Castagnoli (RFC 3720, B.4), bits reversed.
const polynomial = 0x82f63b78

/** Four tables of 256: the remainder of a byte, and of a byte that one, two, three others follow. */
const table = makeTable()

function makeTable(): Int32Array {
  const remainders = new Int32Array(4 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1
    remainders[byte] = remainder
  }
  for (let index = 256; index < remainders.length; index++) {
    const shorter = remainders[index - 256] as number
    remainders[index] = (remainders[shorter & 0xff] as number) ^ (shorter >>> 8)
  }
  return remainders
}

/**
 * CRC-32C of the bytes `start` to `end`. It finds every burst of up to 32 wrong bits, and it is what logs are sealed with elsewhere, so that other
 * programs can check a ledger. It proves that nothing broke, not that nobody wrote: a digest without a key would prove no more and costs several
 * times as much. Not `zlib.crc32`, which is another polynomial and missing before Node 22.2.
 *
 * Four bytes at a time ("slicing", Kounavis and Berry 2005): byte by byte it was the largest part of an append.
 */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let crc = -1
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc ^= word
    crc =
      (table[768 + (crc & 0xff)] as number) ^
      (table[512 + ((crc >>> 8) & 0xff)] as number) ^
      (table[256 + ((crc >>> 16) & 0xff)] as number) ^
      (table[crc >>> 24] as number)
  }
  for (; at < end; at++) crc = (table[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}
