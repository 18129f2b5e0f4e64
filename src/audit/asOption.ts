/** How an option is given, for an error: in a program, and on the command line. */
export function asOption(name: string, value?: string | number): string {
  if (value === undefined) return `\`${name}\` (on the command line \`--${name}\`)`
  const given = typeof value === 'string' ? `'${value}'` : value
  return `\`${name}: ${given}\` (on the command line \`--${name} ${value}\`)`
}
