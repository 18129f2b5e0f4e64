/** The `most` values used last, by key; the least recently used one is freed for the next. */
export class Recent<T> {
  private readonly values = new Map<string, T>()

  constructor(
    private readonly most: number,
    private readonly free: (value: T) => void,
  ) {}

  /** The value of a key, made if there is none. */
  get(key: string, make: () => T): T {
    const value = this.values.get(key) ?? make()
    // A map keeps the order of insertion: a value that is used moves to the end.
    this.values.delete(key)
    this.values.set(key, value)
    if (this.values.size > this.most) {
      const [oldest, dropped] = this.values.entries().next().value as [string, T]
      this.values.delete(oldest)
      this.free(dropped)
    }
    return value
  }

  /** Frees all. */
  clear(): void {
    for (const value of this.values.values()) this.free(value)
    this.values.clear()
  }
}
