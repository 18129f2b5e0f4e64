// Which component of a model holds which class of the data: both are drawn in one colour.

/** Components under the number of the class that most of their points have, the most frequent pairs first. */
export function likeClasses(component: Int32Array, labels: Int32Array): Int32Array {
  if (labels.length !== component.length) return component
  const pairs = new Map<string, number>()
  component.forEach((k, i) => pairs.set(`${k} ${labels[i]}`, (pairs.get(`${k} ${labels[i]}`) ?? 0) + 1))
  const [names, taken] = [new Map<number, number>(), new Set<number>()]
  for (const [pair] of [...pairs].sort((a, b) => b[1] - a[1])) {
    const [k, label] = pair.split(' ').map(Number)
    if (names.has(k) || taken.has(label)) continue
    names.set(k, label)
    taken.add(label)
  }
  const next = (): number => {
    let free = 0
    while (taken.has(free)) free++
    taken.add(free)
    return free
  }
  for (const k of new Set(component)) if (!names.has(k)) names.set(k, next())
  return component.map((k) => names.get(k)!)
}
