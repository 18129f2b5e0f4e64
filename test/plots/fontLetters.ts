import { readFileSync } from 'node:fs'

/**
 * The characters that the font of pictures has, as code points: its table `cmap`, format 4 (OpenType specification).
 */
export function fontLetters(): Set<number> {
  const font = readFileSync(
    require.resolve('@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf'),
  )
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, i) => 12 + 16 * i)
  const cmap = font.readUInt32BE(tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap')! + 8)
  const subtables = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, i) => cmap + 4 + 8 * i)
  const start = subtables
    .map((at) => cmap + font.readUInt32BE(at + 4))
    .find((at) => font.readUInt16BE(at) === 4)!
  const segments = font.readUInt16BE(start + 6) / 2
  const letters = new Set<number>()
  for (let i = 0; i < segments; i++) {
    const end = font.readUInt16BE(start + 14 + 2 * i)
    const first = font.readUInt16BE(start + 16 + 2 * (segments + i))
    for (let code = first; code <= end && code !== 0xffff; code++) letters.add(code)
  }
  return letters
}
