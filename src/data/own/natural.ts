/**
 * The order of names with numbers in them: class 2 before class 10; otherwise by character codes.
 *
 * @returns a number below, at or above 0, for `sort`
 */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d+)/))
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue
    // Odd parts are digits.
    const difference = i % 2 ? Number(left[i]) - Number(right[i]) : 0
    if (difference !== 0) return difference
    return left[i] < right[i] ? -1 : 1
  }
  return left.length - right.length
}
