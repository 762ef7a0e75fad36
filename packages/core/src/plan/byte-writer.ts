/** Collects short texts and numbers in one buffer: a call for each of the millions in a large plan costs more than what it is made for. */
export interface ByteWriter {
  /** One character of ASCII. */
  byte(code: number): void
  /** In UTF-8. */
  text(value: string): void
  /** A whole number from 0 on, in decimal digits. */
  count(value: number): void
  /** Hands over what is left. */
  end(): void
}

const size = 1 << 16
/** Texts up to this length are copied here; longer ones are worth a call. */
const shortText = 128
const maxDigits = 10

const buffer = new Uint8Array(size)
const encoder = new TextEncoder()

/**
 * `handOver` gets the bytes piece by piece, in a buffer that is used again after it has returned. There is one buffer for all: one writer comes to its end
 * before the next one begins.
 */
export function byteWriter(handOver: (bytes: Uint8Array) => void): ByteWriter {
  let length = 0

  function end(): void {
    handOver(buffer.subarray(0, length))
    length = 0
  }

  function makeRoom(more: number): void {
    if (length + more > size) end()
  }

  /** True when it was ASCII and stands there; else what was begun is overwritten. */
  function copyAscii(value: string): boolean {
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at)
      if (unit > 127) return false
      buffer[length + at] = unit
    }
    length += value.length
    return true
  }

  function text(value: string): void {
    if (value.length <= shortText) {
      makeRoom(shortText)
      if (copyAscii(value)) return
    }
    const encoded = encoder.encode(value)
    if (encoded.length > size) {
      end()
      handOver(encoded)
      return
    }
    makeRoom(encoded.length)
    buffer.set(encoded, length)
    length += encoded.length
  }

  return {
    end,
    text,
    byte(code) {
      makeRoom(1)
      buffer[length++] = code
    },
    count(value) {
      if (value >= 2 ** 31) {
        text(`${value}`)
        return
      }
      makeRoom(maxDigits)
      let digits = 1
      for (let scale = 10; scale <= value; scale *= 10) digits++
      length += digits
      // whole numbers this small are divided without a look at what is behind the point
      let left = value | 0
      for (let at = length - 1; digits > 0; digits--, at--) {
        const tens = (left / 10) | 0
        buffer[at] = 48 + left - 10 * tens
        left = tens
      }
    },
  }
}
