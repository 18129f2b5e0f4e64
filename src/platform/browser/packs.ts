/** Files of the package that a browser loads together, by the name of their pack; paths from the package's folder. */
export type Packs = Readonly<Record<string, readonly string[]>>
