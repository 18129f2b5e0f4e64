/** The values used last, by key: as many as `most`; what is used longest ago is freed for the next. */
export class Recent<T> {
  private readonly values = new Map<string, T>()

  constructor(
    private readonly most: number,
    private readonly free: (value: T) => void,
  ) {}

  /** The value of a key, made when there is none. */
  get(key: string, make: () => T): T {
    const value = this.values.get(key) ?? make()
    // A map keeps the order of insertion: what is used goes to its end.
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
