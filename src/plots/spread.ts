/**
 * Positions for labels along a line: in order, at least `gap` apart, inside `[low, high]`, and as near as
 * possible to the wanted positions (least squares). If there are too many labels for the range, they extend
 * beyond `high`.
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): number[] {
  interface Block {
    /** Indices into `wanted`, ascending by position. */
    members: number[]
    /** Position of its first label. */
    start: number
  }
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b])
  const place = (members: number[]): Block => {
    const mean = members.reduce((sum, i, rank) => sum + wanted[i] - rank * gap, 0) / members.length
    const last = high - (members.length - 1) * gap
    return { members, start: Math.max(low, Math.min(last, mean)) }
  }
  const blocks: Block[] = []
  for (const i of order) {
    let block = place([i])
    // Labels that would touch move together.
    for (let before = blocks.at(-1); before; before = blocks.at(-1)) {
      if (before.start + before.members.length * gap <= block.start) break
      blocks.pop()
      block = place([...before.members, ...block.members])
    }
    blocks.push(block)
  }
  const places = new Array<number>(wanted.length)
  for (const { members, start } of blocks)
    members.forEach((i, rank) => {
      places[i] = start + rank * gap
    })
  return places
}
