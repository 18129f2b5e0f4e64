import type { Pieces } from '../../platform/pieces'

const [SPACE, NEWLINE, RETURN] = [32, 10, 13]
/** Spaces that UTF-8 writes with two or three bytes: no-break, ogham, mathematical, ideographic. */
const WIDE = ['\u00a0', '\u1680', '\u205f', '\u3000'].map((one) => Buffer.from(one))
/** The first two bytes of U+2000 to U+203F, and the last ones of spaces among them. */
const GENERAL = Buffer.from([0xe2, 0x80])
const ENDS = new Set(
  [...'\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f'].map(
    (one) => Buffer.from(one)[2],
  ),
)

/**
 * Pieces of a text in which every kind of space is made of spaces (as many as it has bytes), and every carriage
 * return without a line feed is a line feed.
 */
export const withPlainSpaces = (pieces: Pieces): Pieces =>
  async function* plain() {
    for await (const bytes of pieces()) yield plainSpaces(bytes)
  }

function plainSpaces(bytes: Buffer): Buffer {
  for (const control of [11, 12])
    for (let at = bytes.indexOf(control); at >= 0; at = bytes.indexOf(control, at + 1)) bytes[at] = SPACE
  for (let at = bytes.indexOf(RETURN); at >= 0; at = bytes.indexOf(RETURN, at + 1))
    if (bytes[at + 1] !== NEWLINE) bytes[at] = NEWLINE
  for (const wide of WIDE)
    for (let at = bytes.indexOf(wide); at >= 0; at = bytes.indexOf(wide, at + wide.length))
      bytes.fill(SPACE, at, at + wide.length)
  for (let at = bytes.indexOf(GENERAL); at >= 0; at = bytes.indexOf(GENERAL, at + 2))
    if (ENDS.has(bytes[at + 2])) bytes.fill(SPACE, at, at + 3)
  return bytes
}
