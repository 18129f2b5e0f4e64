import { readBytes } from './files'

export type Pieces = () => AsyncIterable<Buffer> | Iterable<Buffer>

export async function piecesOf(file: string, remedy: string): Promise<Pieces> {
  const whole = await readBytes(file, remedy)
  return () => [whole]
}
