/**
 * Texts as concatenated token ids: text i from `starts[i]` up to, not including, `ends[i]`. Separate arrays
 * would take 100 bytes more per text.
 */
export interface PackedTexts {
  /** The token ids of all texts. */
  readonly ids: Int32Array
  /** Where each text begins in `ids`, `[size]`. */
  readonly starts: Uint32Array
  /** Where each text ends, `[size]`. */
  readonly ends: Uint32Array
}

/** Concatenates texts into one array. */
export function packed(documents: readonly Int32Array[]): PackedTexts {
  const [starts, ends] = [new Uint32Array(documents.length), new Uint32Array(documents.length)]
  let words = 0
  documents.forEach(({ length }, i) => {
    starts[i] = words
    ends[i] = words += length
  })
  const ids = new Int32Array(words)
  documents.forEach((document, i) => ids.set(document, starts[i]))
  return { ids, starts, ends }
}

/** Some of the texts, over the same memory. */
export function selected({ ids, starts, ends }: PackedTexts, indices: ArrayLike<number>): PackedTexts {
  const of = (places: Uint32Array) => Uint32Array.from(indices, (index) => places[index])
  return { ids, starts: of(starts), ends: of(ends) }
}
