// The polynomial of Castagnoli (RFC 3720, B.4), bits reversed.
const polynomial = 0x82f63b78

const table = new Uint32Array(256).map((_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1
  return remainder
})

/**
 * CRC-32C of the bytes. It finds every burst of up to 32 wrong bits, and it is what logs are sealed with elsewhere, so that other programs can
 * check a ledger. It proves that nothing broke, not that nobody wrote: a digest without a key would prove no more and costs several times as much.
 * Not `zlib.crc32`, which is another polynomial and missing before Node 22.2.
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let index = 0; index < bytes.length; index++)
    crc = (table[(crc ^ (bytes[index] as number)) & 0xff] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
